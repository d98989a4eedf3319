-- Customers who bought, and what came in, by group, cohort and age. What a customer sent back
-- before the first purchase counts into its period.
SELECT grp, cohort, greatest(slot - cohort, 0) AS age,
       count(*) FILTER (purchases > 0) AS active,
       sum(revenue) AS revenue, sum(margin) AS margin
FROM visit
GROUP BY ALL
ORDER BY grp, cohort, age
