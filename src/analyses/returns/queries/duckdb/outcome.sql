-- What was sold in each whole period and region, counted as asked for; with what one unit of it
-- brings in money, and how many customers the region has.
WITH span AS (
    SELECT CAST(min(time) AS DATE) AS first, CAST(max(time) AS DATE) AS last FROM sale
), people AS (
    SELECT coalesce(c.region, o.region) AS region, count(*) AS population
    FROM customer c LEFT JOIN outlet o ON o.outlet = c.outlet
    GROUP BY 1
), line AS (
    SELECT CAST(date_trunc($period, s.time) AS DATE) AS date,
           CASE WHEN $by_region
                THEN coalesce(s.region, o.region, c.region, 'Without region') END AS region,
           s.amount, s.quantity, s.order_id, s.customer,
           s.amount - coalesce(s.cost, s.quantity * p.unit_cost) AS margin
    FROM sale s
    LEFT JOIN product p ON p.product = s.product
    LEFT JOIN outlet o ON o.outlet = s.outlet
    LEFT JOIN customer c ON c.customer = s.customer
), cell AS (
    SELECT date, region, sum(amount) AS money,
           CAST(CASE $outcome WHEN 'margin' THEN sum(margin)
                              WHEN 'units' THEN sum(quantity)
                              WHEN 'orders' THEN count(DISTINCT order_id) FILTER (quantity > 0)
                              WHEN 'customers' THEN count(DISTINCT customer) FILTER (quantity > 0)
                              ELSE sum(amount) END AS DOUBLE) AS value
    FROM line
    GROUP BY date, region
)
SELECT c.date, c.region, c.value,
       CASE WHEN $outcome IN ('units', 'orders', 'customers') THEN c.money / nullif(c.value, 0) END
           AS revenue_per_unit,
       p.population
FROM cell c
CROSS JOIN span s
LEFT JOIN people p ON p.region = c.region
WHERE c.date >= s.first
  AND c.date + CASE $period WHEN 'day' THEN INTERVAL 1 DAY WHEN 'week' THEN INTERVAL 7 DAY
                            ELSE INTERVAL 1 MONTH END <= s.last + INTERVAL 1 DAY
  AND ($from IS NULL OR c.date >= $from)
  AND ($until IS NULL OR c.date <= $until)
ORDER BY c.date, c.region
