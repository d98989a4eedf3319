-- Revenue, units and margin of the largest product groups, channels and regions in each
-- window; those beyond the first $most of a kind are added up in one row without a name.
WITH shown AS (
    SELECT 'product group' AS dimension, product_group AS member, * FROM cell
    UNION ALL SELECT 'channel', channel, * FROM cell
    UNION ALL SELECT 'region', region, * FROM cell
), added AS (
    SELECT dimension, member,
           coalesce(sum(amount) FILTER (in_now), 0) AS now_revenue,
           coalesce(sum(amount) FILTER (in_before), 0) AS before_revenue,
           coalesce(sum(amount) FILTER (in_year), 0) AS year_revenue,
           coalesce(sum(quantity) FILTER (in_now AND NOT is_return), 0) AS now_units,
           sum(amount_with_cost - cost) FILTER (in_now) AS now_margin,
           coalesce(-sum(amount) FILTER (in_now AND is_return), 0) AS now_returned
    FROM shown
    GROUP BY dimension, member
), placed AS (
    SELECT *,
           -- one alone is not worth hiding its name
           row_number() OVER (PARTITION BY dimension ORDER BY now_revenue DESC, member) > $most
               AND count(*) OVER (PARTITION BY dimension) > $most + 1 AS is_rest
    FROM added
)
SELECT dimension, CASE WHEN NOT is_rest THEN member END AS member,
       CAST(CASE WHEN is_rest THEN count(*) ELSE 0 END AS BIGINT) AS others,
       fsum(now_revenue) AS now_revenue, fsum(before_revenue) AS before_revenue,
       fsum(year_revenue) AS year_revenue, fsum(now_units) AS now_units,
       fsum(now_margin) AS now_margin, fsum(now_returned) AS now_returned
FROM placed
GROUP BY dimension, is_rest, CASE WHEN NOT is_rest THEN member END
ORDER BY dimension, is_rest, now_revenue DESC, member
