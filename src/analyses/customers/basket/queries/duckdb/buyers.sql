-- Known customers, with the day of their last purchase up to each moment.
SELECT customer, row_number() OVER (ORDER BY customer) - 1 AS place,
       max(date) FILTER (date <= $span_moment_0) AS last_0,
       max(date) FILTER (date <= $span_moment_1) AS last_1,
       max(date) AS last_2
FROM taken
WHERE $next > 0 AND customer IS NOT NULL AND date IS NOT NULL
GROUP BY customer
ORDER BY customer
