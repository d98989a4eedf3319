-- What each known customer bought and sent back on each day. A day on which more was bought
-- than sent back is a purchase; `gap` is the days since the one before.
WITH added AS (
    SELECT customer, date, fsum(amount) AS amount, fsum(margin) AS margin,
           coalesce(fsum(amount) FILTER (amount > 0), 0) AS bought,
           coalesce(fsum(discount) FILTER (amount > 0), 0) AS discount,
           arg_max(region, (amount, region)) FILTER (region IS NOT NULL AND region <> '') AS region
    FROM sales
    WHERE customer IS NOT NULL AND customer <> '' AND date <= $bounds_until
    GROUP BY customer, date
)
SELECT *, amount > 0 AS purchase,
       CASE WHEN amount > 0
            THEN date - lag(date) OVER (PARTITION BY customer, amount > 0 ORDER BY date)
       END AS gap
FROM added
