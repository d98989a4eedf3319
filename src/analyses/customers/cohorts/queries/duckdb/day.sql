-- What each customer paid on each day, returns taken off. Lines without a customer stay in, as
-- those of the customer NULL, for what is said of them.
SELECT w.id, s.date, round(sum(s.amount), 6) AS amount, sum(s.margin) AS margin,
       CAST(count(*) AS INTEGER) AS lines
FROM sales s LEFT JOIN who w ON w.customer = trim(s.customer)
WHERE $until IS NULL OR s.date <= CAST($until AS DATE)
GROUP BY ALL
