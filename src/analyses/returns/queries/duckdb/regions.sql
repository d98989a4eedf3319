-- What was sold on each day in each region, counted as asked for; 0 where nothing was. Lines
-- whose region is not known belong to none.
WITH line AS (
    SELECT CAST(s.time AS DATE) AS date, coalesce(s.region, o.region, c.region) AS region,
           s.amount, s.quantity, s.order_id,
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
                              ELSE sum(amount) END AS DOUBLE) AS value
    FROM line WHERE region <> ''
    GROUP BY date, region
), grid AS (
    SELECT d.date, r.region
    FROM (SELECT DISTINCT date FROM cell) d CROSS JOIN (SELECT DISTINCT region FROM cell) r
)
SELECT g.date, g.region, coalesce(c.value, 0) AS value,
       CASE WHEN $outcome IN ('units', 'orders') THEN c.money / nullif(c.value, 0) END
           AS revenue_per_unit
FROM grid g LEFT JOIN cell c USING (date, region)
ORDER BY g.region, g.date
