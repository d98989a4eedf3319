-- Each answer of a customer of these months, with what the customer had spent with us in as
-- many months before answering. Only answers whose months lie wholly in the data.
SELECT a.number, a.customer, any_value(o.segment) AS segment, any_value(o.own) AS own,
       any_value(o.purchases) AS purchases, any_value(o.ever) AS ever, any_value(o.known) AS known,
       any_value(a.said) AS said, any_value(a.weight) AS weight, any_value(a.origin) AS origin,
       coalesce(sum(d.amount), 0) AS own_then
FROM said a
JOIN who w ON w.customer = a.customer
JOIN own o ON o.customer = a.customer
LEFT JOIN day d ON d.id = w.id AND d.date < a.date
               AND d.date >= CAST(a.date - to_months(CAST($months AS INTEGER)) AS DATE)
WHERE a.said IS NOT NULL AND a.weight > 0
  AND CAST(a.date - to_months(CAST($months AS INTEGER)) AS DATE) >= $span_first_day
GROUP BY a.number, a.customer
ORDER BY a.number
