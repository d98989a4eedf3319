-- The experiment as it was given, in its own order, and for customers of our own whether they
-- bought within the horizon after it.
WITH after AS (
    SELECT e.rowid AS at_row, count(*) FILTER (b.net > 0) AS purchases
    FROM experiment e
    JOIN bought b ON b.customer = e.customer AND b.date > e.date
         AND b.date <= e.date + $plan_horizon::INT
    GROUP BY e.rowid
), ours AS (
    SELECT DISTINCT customer FROM bought
)
SELECT e.*, o.customer IS NOT NULL AS kemudi_ours,
       CASE WHEN o.customer IS NOT NULL AND e.date + $plan_horizon::INT <= $span_last_day::DATE
            THEN (coalesce(a.purchases, 0) > 0)::DOUBLE END AS kemudi_retained
FROM experiment e
LEFT JOIN ours o ON o.customer = e.customer
LEFT JOIN after a ON a.at_row = e.rowid
ORDER BY e.rowid
