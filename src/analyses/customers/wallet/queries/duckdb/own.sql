-- What each customer of the months spent with us and how often; how often in all the data, and
-- since when.
WITH bought AS (
    SELECT id, sum(amount) FILTER (date >= $span_since) AS own,
           count(*) FILTER (amount > 0 AND date >= $span_since) AS purchases,
           count(*) FILTER (amount > 0) AS ever,
           CAST($span_last_day - min(date) FILTER (amount > 0) AS DOUBLE) AS known
    FROM day
    WHERE id IS NOT NULL
    GROUP BY id
)
SELECT w.customer,
       CASE WHEN $by = 'none' THEN 'All' ELSE coalesce(t.segment, '(not known)') END AS segment,
       b.own, b.purchases, b.ever, b.known
FROM bought b JOIN who w ON w.id = b.id LEFT JOIN trait t ON t.id = b.id
WHERE b.purchases > 0
ORDER BY b.id
