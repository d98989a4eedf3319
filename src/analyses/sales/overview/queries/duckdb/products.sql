-- Units and revenue of every product in each window, without returns: what prices and
-- volumes are told apart from.
SELECT coalesce(product, '') AS product,
       coalesce(sum(quantity) FILTER (in_now), 0) AS now_units,
       coalesce(sum(amount) FILTER (in_now), 0) AS now_revenue,
       coalesce(sum(quantity) FILTER (in_before), 0) AS before_units,
       coalesce(sum(amount) FILTER (in_before), 0) AS before_revenue,
       coalesce(sum(quantity) FILTER (in_year), 0) AS year_units,
       coalesce(sum(amount) FILTER (in_year), 0) AS year_revenue
FROM cell
WHERE NOT is_return
GROUP BY 1
ORDER BY 1
