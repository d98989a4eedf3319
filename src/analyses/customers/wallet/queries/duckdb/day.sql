-- What each customer paid on each day, returns taken off; NULL: customers who are not known.
SELECT nullif(trim(customer), '') AS customer, date, round(sum(amount), 6) AS amount,
       count(*) AS lines
FROM sales
WHERE $until IS NULL OR date <= CAST($until AS DATE)
GROUP BY ALL
