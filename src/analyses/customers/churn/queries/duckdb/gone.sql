-- Those who had bought before but not within the last horizon, and what they once brought.
WITH each_one AS (
    SELECT customer, max(date) FILTER (net > 0) AS last_day, sum(net) AS net
    FROM bought
    GROUP BY customer
)
SELECT count(*) AS customers,
       count(*) FILTER (last_day > $span_last_day::DATE - $plan_horizon::INT) AS active,
       count(*) FILTER (last_day IS NULL) AS never,
       count(*) FILTER (net < 0) AS in_debt,
       (SELECT count(*) FROM complaint) AS complaints,
       (SELECT count(contact_allowed) FROM customer) AS asked
FROM each_one
