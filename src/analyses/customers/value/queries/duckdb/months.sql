-- Purchases by twelfths of a year, counted back from the last day looked at.
SELECT CAST(floor(($span_until_day - date) / (365.25 / 12)) AS BIGINT) AS month,
       count(*) AS purchases
FROM visits
WHERE date <= $span_until_day
GROUP BY 1 ORDER BY 1
