-- The three windows that are compared, each [from, to): now, the window of the same length
-- before it, and the same window a year earlier. Without dates of the user's own the
-- window ends with the last complete month of the data (a month counts as complete when
-- the data reach its last day).
WITH bounds AS (
    SELECT min(time) AS first_time, max(time) AS last_time FROM sale
), asked AS (
    SELECT first_time, last_time,
           CASE $window WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'half-year' THEN 6 ELSE 12 END AS months,
           coalesce(CAST($until AS DATE) + 1,
                    -- a first day after the last complete month: to the last day
                    CASE WHEN CAST($since AS DATE) >= date_trunc('month', CAST(last_time AS DATE) + 1)
                         THEN CAST(last_time AS DATE) + 1 END,
                    -- less than a month of data: to its last day
                    CASE WHEN date_trunc('month', CAST(last_time AS DATE) + 1) > first_time
                         THEN CAST(date_trunc('month', CAST(last_time AS DATE) + 1) AS DATE)
                         ELSE CAST(last_time AS DATE) + 1 END) AS now_to
    FROM bounds
), placed AS (
    SELECT *, coalesce(CAST($since AS DATE), CAST(now_to - to_months(CAST(months AS INTEGER)) AS DATE)) AS now_from
    FROM asked
)
SELECT CAST(first_time AS DATE) AS first_day, CAST(last_time AS DATE) AS last_day,
       now_from, now_to,
       CAST(CASE WHEN $since IS NULL AND $until IS NULL
                 THEN now_from - to_months(CAST(months AS INTEGER))
                 ELSE now_from - CAST(now_to - now_from AS INTEGER) END AS DATE) AS before_from,
       now_from AS before_to,
       CAST(now_from - to_years(1) AS DATE) AS year_from,
       CAST(now_to - to_years(1) AS DATE) AS year_to
FROM placed
