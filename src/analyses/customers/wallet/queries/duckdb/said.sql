-- What customers said of their spend in the category (or of the share they give us), as a
-- number; a panel's figures are those of the last day.
WITH survey_said AS (
    SELECT trim(customer) AS customer, coalesce(date, $span_last_day + 1) AS date,
           coalesce(try_cast(trim(answer) AS DOUBLE),
                    try_cast(replace(regexp_extract(answer, '[0-9]+([.,][0-9]+)?'), ',', '.') AS DOUBLE)) AS said,
           coalesce(weight, 1) AS weight, 'survey' AS origin
    FROM survey
    WHERE lower(trim(question)) = lower(trim($question)) AND customer <> '' AND answer <> ''
), panel_said AS (
    SELECT trim(customer) AS customer, $span_last_day + 1 AS date, category_spend AS said,
           coalesce(weight, 1) AS weight, 'panel' AS origin
    FROM panel
    WHERE customer <> ''
)
SELECT *, row_number() OVER (ORDER BY customer, date, said, weight, origin) AS number
FROM (SELECT * FROM survey_said UNION ALL SELECT * FROM panel_said)
WHERE date > $span_first_day AND date <= $span_last_day + 1
