-- Who was assigned to which variant of the test: contacts of its campaign whose event is
-- "variant: NAME"; what they bought in the days after, and in the year before.
WITH assigned AS (
    SELECT coalesce(customer, visitor) AS unit, customer,
           trim(substr(event, 9)) AS variant, min(time) AS since
    FROM touch
    WHERE campaign = $test AND starts_with(event, 'variant:')
      AND coalesce(customer, visitor) IS NOT NULL
    GROUP BY ALL
),
bought AS (
    SELECT a.unit, a.variant,
           count(DISTINCT s.order_id) FILTER (s.time >= a.since) AS orders,
           fsum(s.amount) FILTER (s.time >= a.since) AS revenue,
           fsum(s.amount) FILTER (s.time < a.since) AS before
    FROM assigned a
    JOIN sale s ON s.customer = a.customer
        AND s.time < a.since + to_days(CAST($days AS INTEGER))
        AND s.time >= a.since - INTERVAL 365 DAY
    GROUP BY ALL
),
seen AS (
    SELECT a.unit, a.variant, count(*) AS orders, fsum(t.value) AS revenue
    FROM assigned a
    JOIN touch t ON t.visitor = a.unit AND a.customer IS NULL AND t.event = 'purchase'
        AND t.time >= a.since AND t.time < a.since + to_days(CAST($days AS INTEGER))
    GROUP BY ALL
)
SELECT a.unit, a.variant, CAST(a.since AS DATE) AS date,
       coalesce(b.orders, v.orders, 0) > 0 AS bought,
       CAST(coalesce(b.revenue, v.revenue, 0) AS DOUBLE) AS revenue,
       CAST(coalesce(b.before, 0) AS DOUBLE) AS pre_revenue
FROM assigned a
LEFT JOIN bought b ON b.unit = a.unit AND b.variant = a.variant
LEFT JOIN seen v ON v.unit = a.unit AND v.variant = a.variant
