-- What the sales reach over, and what of them nobody is known for.
SELECT min(date) AS first_day, max(date) AS last_day, count(*) AS lines,
       count(*) FILTER (coalesce(customer, '') = '') AS lines_unknown,
       coalesce(sum(amount), 0.0) AS revenue,
       coalesce(sum(amount) FILTER (coalesce(customer, '') = ''), 0.0) AS revenue_unknown,
       coalesce(sum(amount) FILTER (amount < 0), 0.0) AS returned
FROM sales
WHERE CAST($until AS DATE) IS NULL OR date <= CAST($until AS DATE)
