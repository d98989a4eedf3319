-- Purchases of all customers by day, for the season.
SELECT date - $span_first_day::DATE AS "day", count(*) AS purchases
FROM bought
WHERE net > 0
GROUP BY date
ORDER BY date
