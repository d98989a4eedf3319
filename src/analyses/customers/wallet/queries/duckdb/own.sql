-- What each customer of the months spent with us and how often; how often in all the data, and since when.
WITH ever AS (
    SELECT customer, count(*) FILTER (amount > 0) AS ever,
           CAST($span_last_day - min(date) FILTER (amount > 0) AS DOUBLE) AS known
    FROM day GROUP BY customer
)
SELECT d.customer,
       CASE WHEN $by = 'none' THEN 'All' ELSE coalesce(any_value(t.segment), '(not known)') END AS segment,
       sum(d.amount) AS own,
       count(*) FILTER (d.amount > 0) AS purchases,
       any_value(e.ever) AS ever, any_value(e.known) AS known
FROM day d
JOIN ever e ON e.customer = d.customer
LEFT JOIN trait t ON t.customer = d.customer
WHERE d.customer IS NOT NULL AND d.date >= $span_since
GROUP BY d.customer
HAVING count(*) FILTER (d.amount > 0) > 0
ORDER BY d.customer
