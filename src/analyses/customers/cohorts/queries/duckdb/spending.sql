-- Spend on winning customers in each period.
SELECT CAST(date_diff($period, $span_origin, date) AS INTEGER) AS slot, sum(amount) AS amount
FROM spend
WHERE date >= $span_origin AND date < $span_finish
GROUP BY ALL ORDER BY 1
