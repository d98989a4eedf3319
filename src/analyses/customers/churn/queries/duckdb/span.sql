-- What the sales cover up to the last day looked at. Lines without a customer are counted
-- with their revenue; costs are those of the lines that have one.
WITH looked_at AS (
    SELECT *, customer IS NULL OR trim(customer) = '' AS nobody
    FROM sales
    WHERE date <= coalesce($until, DATE '9999-12-31')
)
SELECT min(date) AS first_day, coalesce($until, max(date)) AS last_day,
       count(*) AS lines, count(*) FILTER (nobody) AS nobody_lines,
       coalesce(sum(amount) FILTER (nobody), 0.0) AS nobody_amount,
       coalesce(sum(amount), 0.0) AS amount,
       coalesce(sum(amount) FILTER (amount < 0), 0.0) AS returned,
       count(margin) AS margin_lines,
       sum(margin) / nullif(sum(amount) FILTER (margin IS NOT NULL), 0) AS margin_share
FROM looked_at
