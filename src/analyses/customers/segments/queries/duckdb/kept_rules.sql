-- The kept version: its segments with their rules, and how many were in each.
SELECT segment, any_value(rule) AS rule, max(version) AS version, max(made_at) AS made_at,
       count(*) AS customers
FROM kept_rows
GROUP BY segment
ORDER BY segment
