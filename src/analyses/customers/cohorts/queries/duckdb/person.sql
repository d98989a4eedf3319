-- Each customer with a purchase: a purchase is a day on which more was bought than returned.
SELECT id,
       min(date) FILTER (amount > 0) AS first_day,
       max(date) FILTER (amount > 0) AS last_day,
       count(*) FILTER (amount > 0) AS purchases,
       sum(amount) AS revenue, sum(margin) AS margin,
       arg_min(amount, date) FILTER (amount > 0) AS first_value
FROM day
WHERE id IS NOT NULL AND date < $span_finish
GROUP BY id
HAVING count(*) FILTER (amount > 0) > 0
