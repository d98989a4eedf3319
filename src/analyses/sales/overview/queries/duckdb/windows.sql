-- One row a window: the figures of the page's first line. An order is dated by its lines,
-- so it lies in the windows of their time.
WITH marked AS (
    SELECT DISTINCT order_id,
           time >= $span_now_from AS in_now,
           time >= $span_before_from AND time < $span_before_to AS in_before,
           time >= $span_year_from AND time < $span_year_to AS in_year
    FROM sale
    WHERE quantity >= 0 AND amount >= 0 AND order_id IS NOT NULL
      AND time >= least($span_before_from, $span_year_from)
      AND time < $span_now_to
), ordered AS (
    SELECT count(*) FILTER (in_now) AS now_orders, count(*) FILTER (in_before) AS before_orders,
           count(*) FILTER (in_year) AS year_orders
    FROM marked
), window_cell AS (
    SELECT 'now' AS name, * FROM cell WHERE in_now
    UNION ALL SELECT 'before', * FROM cell WHERE in_before
    UNION ALL SELECT 'year', * FROM cell WHERE in_year
), money AS (
    SELECT name,
           sum(amount) AS revenue,
           coalesce(sum(amount) FILTER (NOT is_return), 0) AS sold,
           coalesce(-sum(amount) FILTER (is_return), 0) AS returned,
           coalesce(sum(quantity) FILTER (NOT is_return), 0) AS units,
           coalesce(sum(quantity) FILTER (NOT is_return AND is_unknown), 0) AS units_unknown,
           sum(amount_with_cost - cost) AS margin,
           sum(amount_with_cost) AS revenue_with_cost,
           CAST(sum(lines) AS BIGINT) AS lines,
           CAST(sum(lines_without_order) AS BIGINT) AS lines_without_order
    FROM window_cell GROUP BY name
), people AS (
    SELECT count(now_revenue) AS now_customers,
           count(before_revenue) AS before_customers,
           count(year_revenue) AS year_customers,
           count(now_revenue) FILTER (c.first_day >= $span_now_from) AS now_new,
           count(before_revenue) FILTER (c.first_day >= $span_before_from) AS before_new,
           count(year_revenue) FILTER (c.first_day >= $span_year_from) AS year_new,
           coalesce(sum(now_revenue) FILTER (c.first_day >= $span_now_from), 0) AS now_new_revenue,
           coalesce(sum(before_revenue) FILTER (c.first_day >= $span_before_from), 0) AS before_new_revenue,
           coalesce(sum(year_revenue) FILTER (c.first_day >= $span_year_from), 0) AS year_new_revenue
    FROM customer_window c
)
SELECT m.*,
       CASE name WHEN 'now' THEN now_orders WHEN 'before' THEN before_orders ELSE year_orders END AS orders,
       CASE name WHEN 'now' THEN now_customers WHEN 'before' THEN before_customers ELSE year_customers END AS customers,
       CASE name WHEN 'now' THEN now_new WHEN 'before' THEN before_new ELSE year_new END AS new_customers,
       CASE name WHEN 'now' THEN now_new_revenue WHEN 'before' THEN before_new_revenue ELSE year_new_revenue END AS new_revenue
FROM money m, ordered, people
ORDER BY name
