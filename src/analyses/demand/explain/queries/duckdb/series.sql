-- Units a period by product, with what may have moved them: the average price paid, the share
-- of lines on promotion or at a discount, the spend on media. Periods without a sale are a
-- demand of zero, from the product's first sale on; their price is not known.
WITH span AS (
    SELECT min(CAST(time AS DATE)) AS first_day, max(CAST(time AS DATE)) AS last_day FROM sale
),
chosen AS (
    SELECT first_day, last_day,
           CASE WHEN $period IN ('day', 'week', 'month', 'quarter', 'year') THEN $period
                WHEN last_day - first_day >= 182 THEN 'week'
                ELSE 'day' END AS period
    FROM span
),
sold AS (
    SELECT s.product, CAST(date_trunc(c.period, s.time) AS DATE) AS date,
           min(s.product_group) AS product_group,
           fsum(s.quantity) AS units,
           fsum(s.amount) FILTER (s.quantity > 0) AS paid,
           fsum(s.quantity) FILTER (s.quantity > 0) AS bought,
           count(*) FILTER (s.quantity > 0) AS lines,
           count(*) FILTER (s.quantity > 0 AND (s.discount > 0 OR s.promotion <> '')) AS promoted
    FROM sale s CROSS JOIN chosen c
    WHERE s.product IS NOT NULL
    GROUP BY ALL
),
begun AS (
    SELECT s.product, min(s.date) AS first_date,
           coalesce(min(p.product_group), min(s.product_group), '') AS product_group,
           concat_ws(' ', s.product, nullif(min(p.name), s.product)) AS series
    FROM sold s LEFT JOIN product p ON p.product = s.product
    GROUP BY s.product
),
spent AS (
    SELECT CAST(date_trunc(c.period, s.date) AS DATE) AS date, fsum(s.amount) AS media
    FROM spend s CROSS JOIN chosen c
    GROUP BY 1
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
       round(coalesce(s.units, 0), 6) AS value,
       t.date >= t.first_day - t.free_days
           AND CAST(t.date + t.step AS DATE) - 1 <= t.last_day + t.free_days AS complete,
       nullif(b.product_group, '') AS "group",
       round(s.paid / nullif(s.bought, 0), 6) AS price,
       coalesce(s.promoted / nullif(s.lines, 0), 0) AS promotion,
       round(coalesce(m.media, 0), 6) AS media
FROM begun b
JOIN periods t ON t.date >= b.first_date
LEFT JOIN sold s ON s.product = b.product AND s.date = t.date
LEFT JOIN spent m ON m.date = t.date
ORDER BY 1, 2
