-- What each customer paid on each day, returns taken off. Lines without a customer stay in, as
-- those of the customer NULL, for what is said of them.
SELECT nullif(trim(customer), '') AS customer, date,
       round(sum(amount), 6) AS amount, sum(margin) AS margin,
       coalesce(sum(amount) FILTER (margin IS NOT NULL), 0) AS amount_costed,
       count(*) AS lines
FROM sales
WHERE $until IS NULL OR date <= CAST($until AS DATE)
GROUP BY ALL
