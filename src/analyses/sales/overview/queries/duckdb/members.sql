-- Revenue, units and margin of every product group, channel and region in each window.
WITH shown AS (
    SELECT 'product group' AS dimension, product_group AS member, * FROM cell
    UNION ALL SELECT 'channel', channel, * FROM cell
    UNION ALL SELECT 'region', region, * FROM cell
)
SELECT dimension, member,
       coalesce(sum(amount) FILTER (in_now), 0) AS now_revenue,
       coalesce(sum(amount) FILTER (in_before), 0) AS before_revenue,
       coalesce(sum(amount) FILTER (in_year), 0) AS year_revenue,
       coalesce(sum(quantity) FILTER (in_now AND NOT is_return), 0) AS now_units,
       sum(amount_with_cost - cost) FILTER (in_now) AS now_margin,
       coalesce(-sum(amount) FILTER (in_now AND is_return), 0) AS now_returned
FROM shown
GROUP BY dimension, member
ORDER BY dimension, now_revenue DESC, member
