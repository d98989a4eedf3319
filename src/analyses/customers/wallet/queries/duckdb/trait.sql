-- The segment of each customer, by what was asked for.
SELECT trim(customer) AS customer,
       any_value(nullif(CASE $by WHEN 'segment' THEN segment WHEN 'region' THEN region
                                 WHEN 'type' THEN type END, '')) AS segment
FROM customer
WHERE $by <> 'none'
GROUP BY ALL
