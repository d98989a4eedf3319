-- What was spent on marketing while the customers of the last year were won.
SELECT channel, fsum(amount) AS amount
FROM spend
WHERE date > $span_won_after AND date <= $span_until_day
GROUP BY channel ORDER BY channel
