-- Each customer, with the state at the end and the ages at which there were purchases.
WITH seen AS (
    SELECT id, max(slot) AS last_at, max(before) AS before_last,
           ' ' || string_agg(slot - cohort, ' ' ORDER BY slot) || ' ' AS ages
    FROM visit WHERE purchases > 0 GROUP BY id
)
SELECT w.customer, m.cohort, m.grp, m.first_day, m.last_day, m.purchases, m.revenue, m.margin,
       s.last_at, s.before_last, s.ages
FROM member m JOIN seen s ON s.id = m.id JOIN who w ON w.id = m.id
ORDER BY m.cohort, m.id
