-- One value a period for each region, product, group, channel or outlet, from the bank's sales.
-- Where the days of the bank end within a period, that period is not complete.
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
line AS (
    SELECT CAST(s.time AS DATE) AS day,
           CASE $by WHEN 'total' THEN 'All sales'
                    WHEN 'region' THEN coalesce(s.region, o.region, c.region)
                    WHEN 'product' THEN coalesce(p.name, s.product)
                    WHEN 'product-group' THEN coalesce(s.product_group, p.product_group)
                    WHEN 'channel' THEN coalesce(n.name, s.channel)
                    WHEN 'outlet' THEN coalesce(o.name, s.outlet) END AS series,
           CASE $measure WHEN 'quantity' THEN s.quantity ELSE s.amount END AS value,
           CASE WHEN $measure = 'orders' THEN s.order_id END AS order_id
    FROM sale s
    LEFT JOIN product p ON p.product = s.product
    LEFT JOIN channel n ON n.channel = s.channel
    LEFT JOIN outlet o ON o.outlet = s.outlet
    LEFT JOIN customer c ON c.customer = s.customer AND $by = 'region'
),
sold AS (
    SELECT coalesce(nullif(l.series, ''), '(not known)') AS series,
           CAST(date_trunc(ch.period, l.day) AS DATE) AS date,
           CASE WHEN $measure = 'orders' THEN CAST(count(DISTINCT l.order_id) AS DOUBLE)
                ELSE fsum(l.value) END AS value
    FROM line l CROSS JOIN chosen ch
    GROUP BY ALL
),
-- Nothing sold in a period is known to be nothing, within the days that the bank covers.
period AS (
    SELECT CAST(unnest(generate_series(date_trunc(period, first_day), last_day,
                                       CASE period WHEN 'day' THEN INTERVAL 1 DAY
                                                   WHEN 'week' THEN INTERVAL 7 DAY
                                                   WHEN 'month' THEN INTERVAL 1 MONTH
                                                   WHEN 'quarter' THEN INTERVAL 3 MONTH
                                                   ELSE INTERVAL 1 YEAR END)) AS DATE) AS date,
           first_day, last_day, period
    FROM chosen
)
SELECT n.series, p.date, coalesce(s.value, 0) AS value,
       p.date + CASE p.period WHEN 'day' THEN INTERVAL 1 DAY WHEN 'week' THEN INTERVAL 7 DAY
                              WHEN 'month' THEN INTERVAL 1 MONTH
                              WHEN 'quarter' THEN INTERVAL 3 MONTH
                              ELSE INTERVAL 1 YEAR END <= p.last_day + INTERVAL 3 DAY
       AND p.date >= p.first_day - INTERVAL 2 DAY AS complete
FROM (SELECT DISTINCT series FROM sold) n
CROSS JOIN period p
LEFT JOIN sold s ON s.series = n.series AND s.date = p.date
ORDER BY n.series, p.date
