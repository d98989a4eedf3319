-- What the customers known when the holdout begins bought in it, step by step.
SELECT CAST(ceil((v.date - $span_fit_to) / CAST($span_step_days AS DOUBLE)) AS BIGINT) AS step,
       count(*) AS purchases, CAST(sum(v.money) AS DOUBLE) AS money
FROM visits v JOIN people p ON p.customer = v.customer AND p.first_day <= $span_fit_to
WHERE v.date > $span_fit_to AND v.date <= $span_held_to
GROUP BY 1 ORDER BY 1
