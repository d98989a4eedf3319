-- For models that count occasions to buy (one a unit of time) in place of running time: on how
-- many after the first each customer bought, and on which last. Same order as the people.
WITH placed AS (
    SELECT v.customer, v.date, CAST(floor((v.date - p.first_day) / $span_unit_days) AS BIGINT) AS occasion
    FROM visits v JOIN people p USING (customer)
    WHERE $model = 'bgbb'
)
SELECT p.customer,
       count(DISTINCT o.occasion) FILTER (o.occasion > 0 AND o.date <= $span_until_day) AS repeats,
       coalesce(max(o.occasion) FILTER (o.date <= $span_until_day), 0) AS last,
       count(DISTINCT o.occasion) FILTER (o.occasion > 0 AND o.date <= $span_fit_to) AS fit_repeats,
       coalesce(max(o.occasion) FILTER (o.date <= $span_fit_to), 0) AS fit_last,
       count(DISTINCT o.occasion) FILTER (o.occasion > 0 AND o.date <= $span_before_day) AS before_repeats,
       coalesce(max(o.occasion) FILTER (o.date <= $span_before_day), 0) AS before_last,
       count(DISTINCT o.occasion) FILTER (o.date > $span_fit_to AND o.date <= $span_held_to
            AND o.occasion > floor(($span_fit_to - p.first_day) / $span_unit_days)) AS held
FROM people p JOIN placed o USING (customer)
GROUP BY p.customer, p.first_day ORDER BY p.customer
