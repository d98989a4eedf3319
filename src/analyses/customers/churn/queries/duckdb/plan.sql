-- The horizon: what is given, else the pause that nine of ten repeat purchases keep within,
-- in whole weeks and at most a quarter of the data. Past dates lie a horizon apart and keep
-- two horizons of history before them (one, where the data are short). Of many customers a
-- share, drawn by their mark, is enough to learn from.
WITH cover AS (
    SELECT $span_last_day::DATE - $span_first_day::DATE + 1 AS days
), wanted AS (
    SELECT days, CASE WHEN $horizon IS NOT NULL THEN $horizon
                      WHEN $rhythm_most IS NULL THEN greatest(1, days // 4)
                      ELSE least(greatest(7, 7 * ceil($rhythm_most / 7)), greatest(1, days // 4))
                 END::BIGINT AS horizon
    FROM cover
), counted AS (
    SELECT *, days // horizon AS spans FROM wanted
)
SELECT horizon, days,
       least(greatest(spans - 2, least(spans - 1, 2), 0), $windows)::BIGINT AS windows,
       coalesce($horizon IS NULL AND horizon < $rhythm_most, false) AS shortened,
       least(1000, greatest(1, ceil(1000.0 * $learn / greatest(1, $rhythm_customers
           * greatest(1, least(spans - 2, $windows))))))::BIGINT AS keep
FROM counted
