-- The outcome of each region in each whole period, with what it brought in money where that is
-- known. Rows of the same day and region are added up.
WITH given AS (
    SELECT date, trim(region) AS region, value, value * revenue_per_unit AS money
    FROM outcome
    WHERE value IS NOT NULL AND isfinite(value) AND date IS NOT NULL AND trim(region) <> ''
), span AS (
    SELECT min(date) AS first, max(date) AS last FROM given
), placed AS (
    SELECT CAST(date_trunc(CASE $period WHEN 'given' THEN 'day' ELSE $period END, date) AS DATE)
               AS date, region, value, money
    FROM given
)
SELECT p.date, p.region, sum(p.value) AS value, sum(p.money) AS money
FROM placed p CROSS JOIN span s
WHERE $period = 'given'
   OR (p.date >= s.first
       AND p.date + CASE $period WHEN 'week' THEN INTERVAL 7 DAY ELSE INTERVAL 1 MONTH END
           <= s.last + INTERVAL 1 DAY)
GROUP BY p.date, p.region
ORDER BY p.region, p.date
