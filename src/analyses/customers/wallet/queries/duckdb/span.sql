-- The months that are looked at, up to the last day of the data or the one asked for.
WITH bounds AS (
    SELECT min(date) AS first_day, max(date) AS last_day,
           CAST(max(date) + 1 - to_months(CAST($months AS INTEGER)) AS DATE) AS since
    FROM day
)
SELECT first_day, last_day, since,
       (SELECT coalesce(sum(lines), 0)::BIGINT FROM day WHERE id IS NULL AND date >= since) AS unknown_lines,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE id IS NULL AND date >= since) AS unknown_revenue,
       (SELECT coalesce(sum(amount), 0) FROM day WHERE date >= since) AS revenue,
       (SELECT count(DISTINCT id) FROM day) AS customers
FROM bounds
