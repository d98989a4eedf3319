-- What each customer brought in each period, and the period of the purchase before it (of
-- periods with a purchase).
WITH cell AS (
    SELECT id, CAST(date_diff($period, $span_origin, date) AS SMALLINT) AS slot,
           sum(amount) AS revenue, sum(margin) AS margin,
           CAST(count(*) FILTER (amount > 0) AS SMALLINT) AS purchases
    FROM day
    WHERE id IS NOT NULL AND date < $span_finish
    GROUP BY ALL
)
SELECT c.*, m.cohort,
       lag(c.slot) OVER (PARTITION BY c.id, c.purchases > 0 ORDER BY c.slot) AS before
FROM cell c JOIN member m ON m.id = c.id
