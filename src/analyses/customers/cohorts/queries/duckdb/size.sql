-- Customers of each cohort and group, and what their first day brought.
SELECT grp, cohort, count(*) AS customers, sum(first_value) AS first_value,
       count(*) FILTER (purchases > 1) AS repeaters
FROM member
GROUP BY ALL
ORDER BY grp, cohort
