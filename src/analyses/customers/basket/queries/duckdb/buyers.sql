-- Known customers, with the day of their last purchase up to each moment.
WITH asked AS (
    SELECT customer, bool_and(contact_allowed) AS contact_allowed FROM customer GROUP BY customer
), bought AS (
    SELECT customer, max(date) FILTER (date <= $span_moment_0) AS last_0,
           max(date) FILTER (date <= $span_moment_1) AS last_1, max(date) AS last_2
    FROM taken
    WHERE $next > 0 AND customer IS NOT NULL AND date IS NOT NULL
    GROUP BY customer
)
SELECT b.customer, row_number() OVER (ORDER BY b.customer) - 1 AS place, b.last_0, b.last_1,
       b.last_2, a.contact_allowed
FROM bought b LEFT JOIN asked a USING (customer)
ORDER BY b.customer
