-- Each customer as known at each date looked at, from nothing later than that date, and for
-- past dates what came in the horizon after it. Window 0 is the last day; of the past dates
-- only the share of customers drawn to learn from. In are those who bought within the last
-- horizon: the others had left already.
WITH windows AS (
    SELECT k, $span_last_day::DATE - (k * $plan_horizon)::INT AS day,
           $span_last_day::DATE - ((k + 1) * $plan_horizon)::INT AS recent_from,
           $span_last_day::DATE - ((k + 2) * $plan_horizon)::INT AS before_from,
           $span_last_day::DATE - ((k - 1) * $plan_horizon)::INT AS later_to
    FROM range($plan_windows + 1) AS r(k)
), drawn AS (
    SELECT *, hash(customer) % 1000 < $plan_keep AS kept FROM bought
), placed AS (
    SELECT d.*, w.k, w.day, d.date <= w.day AS past,
           d.date <= w.day AND d.date > w.recent_from AS recent,
           d.date <= w.recent_from AND d.date > w.before_from AS before
    FROM drawn d
    JOIN windows w ON d.date <= w.later_to AND (w.k = 0 OR d.kept)
), seen AS (
    SELECT customer, k, any_value(day) AS day,
           min(date) FILTER (net > 0 AND past) AS first_day,
           max(date) FILTER (net > 0 AND past) AS last_day,
           count(*) FILTER (net > 0 AND past) AS purchases,
           count(*) FILTER (net > 0 AND recent) AS recent,
           count(*) FILTER (net > 0 AND before) AS before,
           coalesce(sum(net) FILTER (recent), 0.0) AS spend,
           coalesce(sum(net) FILTER (before), 0.0) AS spend_before,
           coalesce(sum(margin) FILTER (recent), 0.0) AS margin,
           coalesce(sum(margin) FILTER (before), 0.0) AS margin_before,
           coalesce(sum(gross) FILTER (recent OR before), 0.0) AS gross,
           coalesce(sum(back) FILTER (recent OR before), 0.0) AS back,
           coalesce(sum(discount) FILTER (recent OR before), 0.0) AS discount,
           bit_count(coalesce(bit_or(breadth) FILTER (recent OR before), 0)) AS breadth,
           arg_max(channel, date) FILTER (net > 0 AND past) AS channel,
           arg_max(outlet, date) FILTER (net > 0 AND past) AS outlet,
           arg_max(region, date) FILTER (net > 0 AND past) AS region,
           count(*) FILTER (net > 0 AND NOT past) AS later,
           coalesce(sum(margin) FILTER (NOT past), 0.0) AS later_margin
    FROM placed
    GROUP BY customer, k
    HAVING count(*) FILTER (net > 0 AND recent) > 0
), complained AS (
    SELECT s.customer, s.k, count(*) AS complaints
    FROM seen s
    JOIN complaint c ON c.customer = s.customer AND CAST(c.time AS DATE) <= s.day
         AND CAST(c.time AS DATE) > s.day - 2 * $plan_horizon::INT
    GROUP BY ALL
)
SELECT s.customer, s.k AS "window",
       (s.day - s.last_day)::DOUBLE AS silent,
       (s.last_day - s.first_day)::DOUBLE AS "between",
       (s.day - least(s.first_day, coalesce(c.since, s.first_day)))::DOUBLE AS tenure,
       s.purchases, s.recent, s.before, s.spend, s.spend_before, s.margin, s.margin_before,
       s.gross, s.back, s.discount, s.breadth, coalesce(p.complaints, 0) AS complaints,
       s.channel, s.outlet, coalesce(s.region, c.region) AS region, c.segment,
       c.contact_allowed, s.later, s.later_margin
FROM seen s
LEFT JOIN complained p USING (customer, k)
LEFT JOIN customer c ON c.customer = s.customer
ORDER BY s.customer, s.k
