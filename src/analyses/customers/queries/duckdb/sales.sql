-- The bank's sales as the analyses of customers look at them: order lines with their margin,
-- groups, channels, outlets and regions by the names people call them.
WITH channel_name AS ( -- a name that two share would make one of them
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
), outlet_name AS (
    SELECT outlet, name FROM outlet WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
)
SELECT s.customer, CAST(s.time AS DATE) AS date, s.amount,
       s.amount - coalesce(s.cost, s.quantity * p.unit_cost) AS margin,
       s.order_id, s.product, coalesce(p.name, s.description) AS description,
       coalesce(s.product_group, p.product_group) AS product_group,
       coalesce(n.name, s.channel) AS channel, coalesce(u.name, s.outlet) AS outlet,
       coalesce(s.region, o.region, c.region) AS region, s.discount
FROM sale s
LEFT JOIN product p ON p.product = s.product
LEFT JOIN channel_name n ON n.channel = s.channel
LEFT JOIN outlet_name u ON u.outlet = s.outlet
LEFT JOIN outlet o ON o.outlet = s.outlet
LEFT JOIN customer c ON c.customer = s.customer
