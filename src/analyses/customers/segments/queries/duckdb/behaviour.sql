-- What is known of each customer on the last day and, as `now` is false, a year before: how
-- lately, how often, for how much, how. A customer is who has bought by then. Counts and sums
-- without "ever" or "before" are those of the window.
WITH seen AS (
    SELECT m.now, m.at, d.customer,
           m.at - max(d.date) FILTER (purchase) AS recency,
           m.at - min(d.date) FILTER (purchase) AS tenure,
           max(d.date) FILTER (purchase) AS last,
           min(d.date) FILTER (purchase) AS first,
           count(*) FILTER (purchase) AS purchases_ever,
           fsum(amount) AS spend_ever,
           avg(gap) AS gap,
           CASE WHEN count(gap) >= 2 THEN stddev_pop(gap) / avg(gap) END AS gap_spread,
           count(*) FILTER (purchase AND d.date > m.since) AS purchases,
           coalesce(fsum(amount) FILTER (d.date > m.since), 0) AS spend,
           fsum(margin) FILTER (d.date > m.since) AS margin,
           coalesce(fsum(bought) FILTER (d.date > m.since), 0) AS bought,
           coalesce(fsum(discount) FILTER (d.date > m.since), 0) AS discount,
           fsum(amount) FILTER (purchase AND d.date > m.since) AS purchase_spend,
           avg(CASE WHEN isodow(d.date) >= 6 THEN 1.0 ELSE 0.0 END)
               FILTER (purchase AND d.date > m.since) AS weekend_share,
           coalesce(fsum(amount) FILTER (d.date <= m.since AND d.date > m.before),
                    0) AS spend_before,
           count(*) FILTER (purchase AND d.date > m.year) AS year_purchases,
           coalesce(fsum(amount) FILTER (d.date > m.year), 0) AS year_revenue,
           fsum(margin) FILTER (d.date > m.year) AS year_margin,
           arg_max(region, d.date) FILTER (region IS NOT NULL) AS region
    FROM day d JOIN moment m ON d.date <= m.at
    GROUP BY m.now, m.at, d.customer
    HAVING count(*) FILTER (purchase) > 0
)
SELECT s.now, s.customer, s.recency, s.tenure, s.last, s.first, s.purchases, s.purchases_ever,
       s.spend, s.spend_ever, s.spend_before, s.margin, s.gap, s.gap_spread,
       s.recency / nullif(s.gap, 0) AS lateness,
       s.purchase_spend / nullif(s.purchases, 0) AS average_order,
       s.margin / nullif(greatest(s.spend, 0), 0) AS margin_share,
       CASE WHEN s.spend_before > 0 THEN s.spend / s.spend_before - 1 END AS growth,
       s.weekend_share,
       greatest(s.bought - s.spend, 0) / nullif(s.bought, 0) AS return_share,
       s.discount / nullif(s.bought + s.discount, 0) AS discount_share,
       w.channel, w.channels, w.channel_share, t.products, t.product_groups, t.product_group,
       s.year_purchases, s.year_revenue, s.year_margin,
       coalesce(nullif(c.region, ''), s.region) AS region, nullif(c.city, '') AS city,
       nullif(c.type, '') AS type, nullif(c.segment, '') AS segment,
       nullif(c.gender, '') AS gender, nullif(c.income_band, '') AS income_band,
       nullif(c.activity, '') AS activity, nullif(c.channel, '') AS first_channel,
       c.contact_allowed,
       CASE WHEN year(s.at) - c.birth_year BETWEEN 0 AND 120
            THEN year(s.at) - c.birth_year END AS age,
       CASE WHEN s.now THEN k.segment END AS kept_segment,
       CASE WHEN s.now THEN k.since END AS kept_since
FROM seen s
LEFT JOIN way w ON w.now = s.now AND w.customer = s.customer
LEFT JOIN taste t ON t.now = s.now AND t.customer = s.customer
LEFT JOIN person c ON c.customer = s.customer
LEFT JOIN kept_rows k ON k.customer = s.customer
ORDER BY s.now DESC, s.customer
