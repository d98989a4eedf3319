-- The periods that are looked at: from the one of the first sale to the last complete one (one
-- is complete when the data reach its last day); without any complete period, the first.
WITH bounds AS (
    SELECT min(date) AS first_day, max(date) AS last_day,
           min(date) FILTER (id IS NOT NULL AND amount > 0) AS first_purchase
    FROM day
), placed AS (
    SELECT *, CAST(date_trunc($period, coalesce(first_purchase, first_day)) AS DATE) AS origin,
           CASE $period WHEN 'month' THEN to_months(1) WHEN 'quarter' THEN to_months(3)
                        ELSE to_years(1) END AS step
    FROM bounds
), ended AS (
    SELECT *, greatest(CAST(date_trunc($period, last_day + 1) AS DATE), CAST(origin + step AS DATE)) AS finish
    FROM placed
)
SELECT first_day, last_day, origin, finish,
       CAST(date_diff($period, origin, finish) AS BIGINT) AS periods,
       (SELECT coalesce(sum(lines), 0)::BIGINT FROM day WHERE id IS NULL AND date < finish) AS unknown_lines,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE id IS NULL AND date < finish) AS unknown_revenue,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE date < finish) AS revenue,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE id IS NOT NULL AND date < finish) AS known_revenue,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE id IS NOT NULL AND margin IS NOT NULL AND date < finish) AS costed_revenue,
       (SELECT count(DISTINCT id) FROM day WHERE date < finish) AS customers
FROM ended
