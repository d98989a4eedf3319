-- Every period of the data: money and orders from the lines, people from the customers.
WITH money AS (
    SELECT CAST(date_trunc($period, s.time) AS DATE) AS period,
           sum(s.amount) AS revenue,
           coalesce(-sum(s.amount) FILTER (s.quantity < 0 OR s.amount < 0), 0) AS returned,
           coalesce(sum(s.quantity) FILTER (s.quantity >= 0 AND s.amount >= 0), 0) AS units,
           sum(s.amount - coalesce(s.cost, s.quantity * p.unit_cost)) AS margin,
           coalesce(sum(s.amount) FILTER (s.quantity >= 0 AND s.amount >= 0), 0) AS sold,
           -- till lines without an order number are no part of an average order
           coalesce(sum(s.amount) FILTER (s.quantity >= 0 AND s.amount >= 0
                                          AND s.order_id IS NOT NULL), 0) AS sold_in_orders,
           count(DISTINCT s.order_id) FILTER (s.quantity >= 0 AND s.amount >= 0) AS orders
    FROM sale s LEFT JOIN product p ON p.product = s.product
    GROUP BY 1
), people AS (
    SELECT b.period, count(*) AS customers,
           count(*) FILTER (f.day >= b.period) AS new_customers,
           coalesce(sum(b.revenue) FILTER (f.day >= b.period), 0) AS new_revenue,
           coalesce(sum(b.revenue) FILTER (f.day < b.period), 0) AS returning_revenue
    FROM bought b JOIN first_purchase f USING (customer)
    GROUP BY 1
)
SELECT m.*,
       CAST(m.period + CASE $period WHEN 'day' THEN to_days(1) WHEN 'week' THEN to_days(7)
                                    WHEN 'month' THEN to_months(1) WHEN 'quarter' THEN to_months(3)
                                    ELSE to_years(1) END AS DATE) AS period_end,
       coalesce(customers, 0) AS customers, coalesce(new_customers, 0) AS new_customers,
       coalesce(new_revenue, 0) AS new_revenue, coalesce(returning_revenue, 0) AS returning_revenue
FROM money m LEFT JOIN people USING (period)
ORDER BY period
