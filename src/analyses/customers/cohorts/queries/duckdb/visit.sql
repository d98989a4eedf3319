-- What each customer brought in each period, and the period of the purchase before it.
WITH cell AS (
    SELECT customer, CAST(date_diff($period, $span_origin, date) AS INTEGER) AS slot,
           sum(amount) AS revenue, sum(margin) AS margin,
           count(*) FILTER (amount > 0) AS purchases
    FROM day
    WHERE customer IS NOT NULL AND date < $span_finish
    GROUP BY ALL
)
SELECT c.customer, m.cohort, m.grp, c.slot, c.revenue, c.margin, c.purchases,
       max(CASE WHEN c.purchases > 0 THEN c.slot END)
           OVER (PARTITION BY c.customer ORDER BY c.slot
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
FROM cell c JOIN member m ON m.customer = c.customer
