-- The days that matter: the last day looked at, where the holdout lies, the day the bridge
-- starts from. Where the sales go on far enough behind the last day looked at, the holdout is
-- what they show there; else it is the end of what is looked at, at most a year.
WITH line AS ( -- exact sums do not depend on their order
    SELECT customer, date, CAST(amount AS DECIMAL(38, 6)) AS amount,
           CAST(margin AS DECIMAL(38, 6)) AS margin
    FROM sales
), bounds AS (
    SELECT min(date) AS first_day, max(date) AS last_day,
           count(*) AS lines, count(*) FILTER (customer IS NULL) AS lines_unknown,
           sum(amount) AS amount,
           coalesce(sum(amount) FILTER (customer IS NULL), 0) AS amount_unknown,
           coalesce(-sum(amount) FILTER (amount < 0 AND customer IS NOT NULL), 0) AS returned,
           coalesce(sum(amount) FILTER (amount > 0 AND customer IS NOT NULL), 0) AS bought,
           coalesce(sum(amount) FILTER (amount > 0 AND margin IS NOT NULL), 0)
               / nullif(sum(amount) FILTER (amount > 0), 0) AS margin_known,
           sum(margin) FILTER (amount > 0)
               / nullif(sum(amount) FILTER (amount > 0 AND margin IS NOT NULL), 0) AS margin_share
    FROM line
), ended AS (
    SELECT *, least(coalesce(CAST($until AS DATE), last_day), last_day) AS until_day FROM bounds
), counted AS (
    SELECT *, until_day - first_day AS days, last_day - until_day AS beyond,
           CASE $unit WHEN 'day' THEN 1.0 WHEN 'week' THEN 7.0 ELSE 365.25 / 12 END AS unit_days,
           CASE WHEN $period <> 'auto' THEN $period
                WHEN until_day - first_day < 550 THEN 'month' ELSE 'quarter' END AS period
    FROM ended
), wanted AS (
    SELECT *,
           CASE WHEN $holdout = 'none' THEN 0
                WHEN $holdout = 'auto' THEN least(CAST(days AS BIGINT) // 3, 365)
                ELSE CAST(round(TRY_CAST($holdout AS BIGINT) * unit_days) AS BIGINT) END AS held_days
    FROM counted
), placed AS (
    SELECT *,
           CASE WHEN held_days = 0 THEN false
                WHEN $holdout = 'auto' THEN beyond >= days / 4
                ELSE beyond >= held_days END AS behind
    FROM wanted
), dated AS (
    SELECT *,
           CASE WHEN behind THEN until_day ELSE CAST(until_day - CAST(held_days AS INTEGER) AS DATE) END AS fit_to,
           CASE WHEN behind AND $holdout = 'auto' THEN last_day
                WHEN behind THEN CAST(until_day + CAST(held_days AS INTEGER) AS DATE)
                ELSE until_day END AS held_to,
           CAST(until_day - CASE period WHEN 'month' THEN to_months(1)
                                        WHEN 'quarter' THEN to_months(3)
                                        ELSE to_years(1) END AS DATE) AS before_day
    FROM placed
)
SELECT first_day, last_day, until_day, fit_to, held_to, before_day,
       greatest(CAST(until_day - 365 AS DATE), CAST(first_day - 1 AS DATE)) AS won_after,
       behind, unit_days, period,
       CAST(7 * greatest(1, ceil((held_to - fit_to) / 7.0 / 26)) AS BIGINT) AS step_days,
       lines, lines_unknown, amount, amount_unknown, returned, bought,
       coalesce(margin_known, 0) AS margin_known, margin_share,
       -- money is margin where margins are known of nearly everything sold, unless asked otherwise
       CASE $measure WHEN 'auto' THEN coalesce(margin_known, 0) >= 0.95
                     ELSE $measure = 'margin' AND coalesce(margin_known, 0) > 0 END AS by_margin
FROM dated
