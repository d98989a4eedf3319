-- Customers of the window from the largest to the smallest, in a hundred equal steps.
WITH ranked AS (
    SELECT now_revenue AS revenue,
           row_number() OVER (ORDER BY now_revenue DESC, customer) AS rank,
           count(*) OVER () AS customers
    FROM customer_window WHERE now_revenue IS NOT NULL
), stepped AS (
    SELECT CAST(ceil(100.0 * rank / customers) AS INTEGER) AS step, revenue, customers FROM ranked
)
SELECT step, count(*) AS customers, sum(revenue) AS revenue
FROM stepped GROUP BY step ORDER BY step
