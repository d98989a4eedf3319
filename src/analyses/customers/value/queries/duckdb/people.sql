-- What the models need to know of each customer, as of the last day looked at, of the day the
-- holdout begins after, and of the day the bridge starts from. Repeat purchases are days after
-- the first; a column is empty where the customer had not yet bought.
WITH known AS (
    SELECT customer, min(date) AS first_day,
           max(date) FILTER (date <= $span_until_day) AS last_day,
           count(*) FILTER (date <= $span_until_day) - 1 AS repeats,
           sum(money) FILTER (date <= $span_until_day) AS money,
           arg_min(money, date) AS first_money,
           arg_min(channel, date) AS first_channel, arg_min(region, date) AS first_region,
           max(date) FILTER (date <= $span_fit_to) AS fit_last,
           count(*) FILTER (date <= $span_fit_to) - 1 AS fit_repeats,
           count(*) FILTER (date > $span_fit_to AND date <= $span_held_to) AS held,
           max(date) FILTER (date <= $span_before_day) AS before_last,
           count(*) FILTER (date <= $span_before_day) - 1 AS before_repeats,
           sum(money) FILTER (date <= $span_before_day) AS before_money
    FROM visits
    GROUP BY customer
    HAVING min(date) <= $span_until_day
), dimension AS (
    SELECT customer, any_value(segment) AS segment, any_value(channel) AS channel,
           bool_and(contact_allowed) AS contact_allowed
    FROM customer GROUP BY customer
)
SELECT k.customer, d.segment, coalesce(d.channel, k.first_channel) AS channel,
       k.first_region AS region,
       CASE $span_period WHEN 'month' THEN strftime(k.first_day, '%Y-%m')
                         WHEN 'quarter' THEN CAST(year(k.first_day) AS VARCHAR) || ' Q' || quarter(k.first_day)
                         ELSE CAST(year(k.first_day) AS VARCHAR) END AS cohort,
       d.contact_allowed, k.first_day, k.last_day, k.repeats,
       CASE WHEN repeats > 0 THEN CAST(k.money - first_money AS DOUBLE) / repeats END AS average,
       CAST(k.money AS DOUBLE) AS money,
       fit_last, fit_repeats, held,
       before_last, before_repeats,
       CASE WHEN before_repeats > 0 THEN CAST(before_money - first_money AS DOUBLE) / before_repeats END
           AS before_average
FROM known k LEFT JOIN dimension d USING (customer)
ORDER BY k.customer
