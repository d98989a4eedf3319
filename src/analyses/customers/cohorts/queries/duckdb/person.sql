-- Each customer with a purchase: a purchase is a day on which more was bought than returned.
SELECT customer,
       min(date) FILTER (amount > 0) AS first_day,
       max(date) FILTER (amount > 0) AS last_day,
       count(*) FILTER (amount > 0) AS purchases,
       sum(amount) AS revenue, sum(margin) AS margin,
       arg_min(amount, date) FILTER (amount > 0) AS first_value
FROM day
WHERE customer IS NOT NULL AND date < $span_finish
GROUP BY customer
HAVING count(*) FILTER (amount > 0) > 0
