-- Availability of each product: points of the criterion "in stock: PRODUCT" over the best.
SELECT trim(substr(criterion, 10)) AS product,
       least(greatest(sum(score) / sum(coalesce(best_score, 1)), 0), 1) AS availability,
       count(*)::DOUBLE AS checks
FROM "check"
WHERE lower(criterion) LIKE 'in stock:%' AND score IS NOT NULL AND coalesce(best_score, 1) > 0
GROUP BY 1
ORDER BY 1
