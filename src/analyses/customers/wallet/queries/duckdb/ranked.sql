-- Brands in the order of each respondent, from the questions "rank: BRAND": the latest answer;
-- brands of one rank share the mean of their places.
WITH said AS (
    SELECT respondent, trim(substr(trim(question), 6)) AS brand,
           try_cast(trim(arg_max(answer, coalesce(date, DATE '0001-01-01'))) AS DOUBLE) AS said,
           coalesce(arg_max(weight, coalesce(date, DATE '0001-01-01')), 1) AS weight
    FROM survey
    WHERE lower(trim(question)) LIKE 'rank:%' AND answer <> ''
    GROUP BY ALL
), placed AS (
    SELECT *, rank() OVER (PARTITION BY respondent ORDER BY said) AS place,
           count(*) OVER (PARTITION BY respondent, said) AS equals,
           count(*) OVER (PARTITION BY respondent) AS brands
    FROM said WHERE said IS NOT NULL AND brand <> ''
)
SELECT respondent, brand, weight, place + (equals - 1) / 2.0 AS place, brands
FROM placed
ORDER BY respondent, place, brand
