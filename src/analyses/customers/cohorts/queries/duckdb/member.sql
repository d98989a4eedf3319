-- Customers with the cohort and the group they belong to.
SELECT p.*, CAST(date_diff($period, $span_origin, p.first_day) AS SMALLINT) AS cohort,
       coalesce(o.name, 'All customers') AS grp
FROM person p LEFT JOIN origin o ON o.id = p.id
