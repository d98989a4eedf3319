-- What each known customer bought in each period, and when first in it. Returns are left
-- out, so that a customer is who bought.
SELECT customer, CAST(date_trunc($period, time) AS DATE) AS period,
       sum(amount) AS revenue, CAST(min(time) AS DATE) AS day
FROM sale
WHERE customer IS NOT NULL AND quantity >= 0 AND amount >= 0
GROUP BY 1, 2
