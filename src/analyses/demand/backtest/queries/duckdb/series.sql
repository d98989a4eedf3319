-- One value a period for each series: sales added up by what was asked for. Periods
-- without a sale count as zero, from the series' first sale to the last period of the
-- bank, for nothing sold is known to be nothing. A period is complete when the bank's
-- sales reach over it; a few days at its ends may be free of sales (closed shops). What an
-- error costs is the same in all rows of a series: a unit too little its margin, a unit too
-- much the part $leftover of its cost; where no cost is known, the price stands for both.
WITH span AS (
    SELECT min(CAST(time AS DATE)) AS first_day, max(CAST(time AS DATE)) AS last_day FROM sale
),
chosen AS (
    SELECT first_day, last_day,
           CASE WHEN $period IN ('day', 'week', 'month', 'quarter', 'year') THEN $period
                WHEN last_day - first_day >= 3 * 365 THEN 'month'
                WHEN last_day - first_day >= 182 THEN 'week'
                ELSE 'day' END AS period
    FROM span
),
-- Added up by day first, on no more keys than are needed, so that the dimensions are
-- joined to few rows.
added AS (
    SELECT CAST(time AS DATE) AS day,
           CASE WHEN $by IN ('product', 'product-group') THEN product END AS product,
           CASE WHEN $by = 'product-group' THEN product_group END AS product_group,
           CASE WHEN $by = 'channel' THEN channel END AS channel,
           CASE WHEN $by IN ('outlet', 'country') THEN outlet END AS outlet,
           CASE WHEN $by = 'country' THEN region END AS region,
           CASE WHEN $by = 'country' AND region IS NULL THEN customer END AS customer,
           fsum(CASE WHEN $measure = 'quantity' THEN quantity ELSE amount END) AS value,
           fsum(CASE WHEN contains($with, 'price') AND quantity > 0 THEN amount END) AS paid,
           fsum(CASE WHEN contains($with, 'price') AND quantity > 0 THEN quantity END) AS bought,
           count(CASE WHEN contains($with, 'discount') AND quantity > 0 THEN 1 END) AS lines,
           count(CASE WHEN contains($with, 'discount') AND quantity > 0 AND discount > 0
                      THEN 1 END) AS cut,
           fsum(amount) AS amount, fsum(cost) AS cost,
           fsum(CASE WHEN cost IS NOT NULL THEN amount END) AS costed_amount,
           fsum(CASE WHEN cost IS NOT NULL
                     THEN CASE WHEN $measure = 'quantity' THEN quantity ELSE amount END END) AS costed
    FROM sale
    GROUP BY ALL
),
-- What people call a product, where the list of products does not say: the words that
-- most of its paid lines carry.
worded AS (
    SELECT product, description, count(*) AS lines
    FROM sale
    WHERE $by = 'product' AND amount > 0 AND description <> ''
    GROUP BY ALL
),
product_name AS (
    SELECT product, max(struct_pack(lines, description)).description AS name
    FROM worded
    GROUP BY product
),
-- A name that two channels or outlets share would make one series of them.
channel_name AS (
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
),
outlet_name AS (
    SELECT outlet, name FROM outlet WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
),
named AS (
    SELECT a.day, a.value, a.paid, a.bought, a.lines, a.cut,
           a.amount, a.cost, a.costed_amount, a.costed,
           coalesce(CASE $by WHEN 'total' THEN 'Total'
                             WHEN 'product' THEN nullif(concat_ws(' ', a.product, nullif(coalesce(p.name, w.name), a.product)), '')
                             WHEN 'product-group' THEN coalesce(a.product_group, p.product_group)
                             WHEN 'channel' THEN coalesce(n.name, a.channel)
                             WHEN 'outlet' THEN coalesce(u.name, a.outlet)
                             WHEN 'country' THEN coalesce(a.region, o.region, c.region) END,
                    '(not known)') AS series
    FROM added a
    LEFT JOIN product p ON $by IN ('product', 'product-group') AND p.product = a.product
    LEFT JOIN product_name w ON $by = 'product' AND w.product = a.product
    LEFT JOIN channel_name n ON $by = 'channel' AND n.channel = a.channel
    LEFT JOIN outlet_name u ON $by = 'outlet' AND u.outlet = a.outlet
    LEFT JOIN outlet o ON $by = 'country' AND o.outlet = a.outlet
    LEFT JOIN customer c ON $by = 'country' AND c.customer = a.customer
),
sold AS (
    SELECT n.series, CAST(date_trunc(ch.period, n.day) AS DATE) AS date, fsum(n.value) AS value,
           fsum(n.paid) AS paid, fsum(n.bought) AS bought,
           sum(n.lines) AS lines, sum(n.cut) AS cut
    FROM named n CROSS JOIN chosen ch
    GROUP BY 1, 2
),
-- What was spent on media, the same for every series.
spent AS (
    SELECT CAST(date_trunc(ch.period, s.date) AS DATE) AS date, fsum(s.amount) AS media
    FROM spend s CROSS JOIN chosen ch
    WHERE contains($with, 'media')
    GROUP BY 1
),
worth AS (
    SELECT series,
           fsum(amount) / nullif(fsum(value), 0) AS price,
           fsum(cost) / nullif(fsum(costed), 0) AS unit_cost,
           (fsum(costed_amount) - fsum(cost)) / nullif(fsum(costed), 0) AS margin
    FROM named
    GROUP BY 1
),
begun AS (
    SELECT series, min(date) AS first_date FROM sold GROUP BY 1
),
steps AS (
    SELECT period, first_day, last_day,
           CASE period WHEN 'day' THEN INTERVAL 1 DAY WHEN 'week' THEN INTERVAL 7 DAY
                       WHEN 'month' THEN INTERVAL 1 MONTH WHEN 'quarter' THEN INTERVAL 3 MONTH
                       ELSE INTERVAL 12 MONTH END AS step,
           CASE period WHEN 'day' THEN 0 WHEN 'week' THEN 1 ELSE 3 END AS free_days
    FROM chosen
),
periods AS (
    SELECT CAST(unnest(generate_series(CAST(date_trunc(period, first_day) AS TIMESTAMP),
                                       CAST(date_trunc(period, last_day) AS TIMESTAMP),
                                       step)) AS DATE) AS date,
           step, free_days, first_day, last_day
    FROM steps
    WHERE first_day IS NOT NULL
)
SELECT b.series, t.date,
       -- Rounded far below a cent: adding in another order changes the last bits.
       round(coalesce(s.value, 0), 6) AS value,
       t.date >= t.first_day - t.free_days
           AND CAST(t.date + t.step AS DATE) - 1 <= t.last_day + t.free_days AS complete,
       CASE WHEN contains($with, 'price') THEN round(s.paid / nullif(s.bought, 0), 6) END AS price,
       CASE WHEN contains($with, 'discount')
            THEN coalesce(s.cut / nullif(s.lines, 0), 0) END AS discounted,
       CASE WHEN contains($with, 'media') THEN round(coalesce(m.media, 0), 6) END AS media,
       round(greatest(coalesce(w.unit_cost, w.price) * $leftover, 0), 6) AS cost_over,
       round(greatest(coalesce(w.margin, w.price), 0), 6) AS cost_under
FROM begun b
JOIN periods t ON t.date >= b.first_date
LEFT JOIN sold s ON s.series = b.series AND s.date = t.date
LEFT JOIN spent m ON m.date = t.date
LEFT JOIN worth w ON w.series = b.series
ORDER BY 1, 2
