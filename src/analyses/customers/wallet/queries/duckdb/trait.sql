-- The segment of each customer, by what was asked for.
SELECT w.id, any_value(nullif(CASE $by WHEN 'segment' THEN c.segment WHEN 'region' THEN c.region
                                       WHEN 'type' THEN c.type END, '')) AS segment
FROM customer c JOIN who w ON w.customer = trim(c.customer)
WHERE $by <> 'none'
GROUP BY ALL
