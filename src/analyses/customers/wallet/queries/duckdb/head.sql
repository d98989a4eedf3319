-- Spend in the category a head of whole segments, from a panel.
SELECT segment, sum(category_spend * coalesce(weight, 1)) / sum(coalesce(weight, 1)) AS spend
FROM panel
WHERE coalesce(customer, '') = '' AND segment <> '' AND coalesce(weight, 1) > 0
GROUP BY segment ORDER BY segment
