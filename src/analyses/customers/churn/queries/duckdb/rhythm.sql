-- How long customers pause between purchases.
WITH purchase AS (
    SELECT customer, date - lag(date) OVER (PARTITION BY customer ORDER BY date) AS gap
    FROM bought
    WHERE net > 0
)
SELECT count(DISTINCT customer) AS customers, count(gap) AS gaps,
       quantile_cont(gap, 0.5) AS middle, quantile_cont(gap, 0.9) AS most
FROM purchase
