-- The last day looked at and the days at which the windows begin; what the lines until then
-- add up to, and what has no customer.
WITH seen AS (
    SELECT * FROM sales WHERE $until IS NULL OR date <= $until
), added AS (
    SELECT coalesce($until, max(date)) AS until, min(date) AS first,
           CAST($window AS INTEGER) AS days, count(*) AS lines,
           count(*) FILTER (customer IS NULL OR customer = '') AS lines_unknown,
           coalesce(fsum(amount) FILTER (customer IS NULL OR customer = ''), 0) AS revenue_unknown,
           count(margin) AS lines_with_margin
    FROM seen
)
SELECT until, first, until - days AS since, until - 365 AS then_until,
       until - 365 - days AS then_since, until - 2 * days AS before,
       until - 365 - 2 * days AS then_before, lines, lines_unknown, revenue_unknown, lines_with_margin,
       coalesce(nullif($scheme, ''), CASE $by WHEN 'rfm' THEN 'RFM' WHEN 'clusters' THEN 'Groups'
                                     ELSE 'Rules' END) AS scheme
FROM added
