-- Customers who bought, and what came in, by group, cohort and age. What a customer sent back
-- before the first purchase counts into its period.
SELECT m.grp, v.cohort, greatest(v.slot - v.cohort, 0) AS age,
       count(*) FILTER (v.purchases > 0) AS active,
       sum(v.revenue) AS revenue, sum(v.margin) AS margin
FROM visit v JOIN member m ON m.id = v.id
GROUP BY ALL
ORDER BY m.grp, v.cohort, age
