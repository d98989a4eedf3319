-- What each known customer brought in each window, and when he first bought.
SELECT customer, any_value(f.day) AS first_day,
       sum(s.amount) FILTER (s.time >= $span_now_from) AS now_revenue,
       sum(s.amount) FILTER (s.time >= $span_before_from
                             AND s.time < $span_before_to) AS before_revenue,
       sum(s.amount) FILTER (s.time >= $span_year_from
                             AND s.time < $span_year_to) AS year_revenue
FROM sale s JOIN first_purchase f USING (customer)
WHERE s.quantity >= 0 AND s.amount >= 0
  AND s.time >= least($span_before_from, $span_year_from)
  AND s.time < $span_now_to
GROUP BY customer
