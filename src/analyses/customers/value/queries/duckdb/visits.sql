-- The days on which known customers bought: several orders of a day are one purchase. A day
-- counts when money is left of it, or when nothing was sent back and all of it was free.
SELECT customer, date,
       -- exact sums do not depend on their order
       sum(CAST(CASE WHEN $span_by_margin THEN coalesce(margin, amount * $span_margin_share)
                     ELSE amount END AS DECIMAL(38, 6))) AS money,
       min(channel) AS channel, min(region) AS region
FROM sales
WHERE customer IS NOT NULL AND date <= greatest($span_until_day, $span_held_to)
GROUP BY customer, date
HAVING sum(CAST(amount AS DECIMAL(38, 6))) > 0 OR min(amount) >= 0
