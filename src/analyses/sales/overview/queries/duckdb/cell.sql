-- The sale lines of the three windows added up by product, channel and region. A line is
-- a return when goods or money go back; a line can lie in two windows (a year ago can be
-- the window before). What the dimensions know where the lines are silent is joined after
-- the adding up, on thousands of rows in place of millions.
WITH added AS (
    SELECT time >= $span_now_from AS in_now,
           time >= $span_before_from AND time < $span_before_to AS in_before,
           time >= $span_year_from AND time < $span_year_to AS in_year,
           quantity < 0 OR amount < 0 AS is_return,
           customer IS NULL AS is_unknown,
           product, product_group, channel, outlet, region,
           CASE WHEN region IS NULL THEN customer END AS asked_customer,
           sum(amount) AS amount,
           sum(quantity) AS quantity,
           sum(cost) AS cost,
           sum(amount) FILTER (cost IS NOT NULL) AS amount_costed,
           sum(quantity) FILTER (cost IS NULL) AS quantity_uncosted,
           count(*) AS lines,
           count(*) FILTER (order_id IS NULL) AS lines_without_order
    FROM sale
    WHERE time >= least($span_before_from, $span_year_from)
      AND time < $span_now_to
    GROUP BY ALL
), channel_name AS ( -- a name that two channels share would make one of them
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
)
SELECT in_now, in_before, in_year, is_return, is_unknown, a.product,
       coalesce(a.product_group, p.product_group) AS product_group,
       coalesce(n.name, a.channel) AS channel,
       coalesce(a.region, o.region, c.region) AS region,
       amount, quantity, lines, lines_without_order,
       coalesce(a.cost, 0) + coalesce(quantity_uncosted * p.unit_cost, 0) AS cost,
       CASE WHEN p.unit_cost IS NOT NULL THEN amount ELSE coalesce(amount_costed, 0) END AS amount_with_cost
FROM added a
LEFT JOIN product p ON p.product = a.product
LEFT JOIN outlet o ON o.outlet = a.outlet
LEFT JOIN customer c ON c.customer = a.asked_customer
LEFT JOIN channel_name n ON n.channel = a.channel
