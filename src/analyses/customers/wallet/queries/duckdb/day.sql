-- What each customer paid on each day, returns taken off; NULL: customers who are not known.
SELECT w.id, s.date, round(sum(s.amount), 6) AS amount, CAST(count(*) AS INTEGER) AS lines
FROM sales s LEFT JOIN who w ON w.customer = trim(s.customer)
WHERE $until IS NULL OR s.date <= CAST($until AS DATE)
GROUP BY ALL
