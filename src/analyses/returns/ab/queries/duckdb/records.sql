-- Rows in the order of their dates, units by number.
SELECT date, * EXCLUDE (unit, date),
       CASE WHEN unit <> '' THEN dense_rank() OVER (ORDER BY unit) END AS number
FROM units
ORDER BY ALL
