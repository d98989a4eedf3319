-- One value a period for each of the smallest units: sales added up by product or product
-- group, and by channel or country where asked. Periods without a sale count as zero, from
-- the unit's first sale to the last period of the bank. A period is complete when the bank's
-- sales reach over it; a few days at its ends may be free of sales (closed shops).
WITH span AS (
    SELECT min(CAST(time AS DATE)) AS first_day, max(CAST(time AS DATE)) AS last_day FROM sale
),
chosen AS (
    SELECT first_day, last_day,
           CASE WHEN $period <> 'auto' THEN $period
                WHEN last_day - first_day >= 3 * 365 THEN 'month'
                WHEN last_day - first_day >= 182 THEN 'week'
                ELSE 'day' END AS period
    FROM span
),
-- Added up first, on no more keys than are needed, so that the dimensions are joined to few
-- rows.
added AS (
    SELECT CAST(time AS DATE) AS day, product,
           CASE WHEN $by LIKE '%channel' THEN channel END AS channel,
           CASE WHEN $by LIKE '%country' THEN outlet END AS outlet,
           CASE WHEN $by LIKE '%country' THEN region END AS region,
           CASE WHEN $by LIKE '%country' AND region IS NULL THEN customer END AS customer,
           fsum(CASE WHEN $measure = 'quantity' THEN quantity ELSE amount END) AS value
    FROM sale
    GROUP BY ALL
),
-- What people call a product, where the list of products does not say: the words that
-- most of its paid lines carry; and its one group: that of the list, else of most lines.
worded AS (
    SELECT product, description, count(*) AS lines
    FROM sale
    WHERE $by LIKE 'product%' AND amount > 0 AND description <> ''
    GROUP BY ALL
),
product_word AS (
    SELECT product, max(struct_pack(lines, description)).description AS word
    FROM worded
    GROUP BY product
),
grouped AS (
    SELECT product, product_group, count(*) AS lines
    FROM sale
    WHERE product_group <> ''
    GROUP BY ALL
),
product_lines_group AS (
    SELECT product, max(struct_pack(lines, product_group)).product_group AS line_group
    FROM grouped
    GROUP BY product
),
-- A name that two channels share would make one series of them.
channel_name AS (
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
),
named AS (
    SELECT a.day, a.value,
           coalesce(nullif(concat_ws(' ', a.product, nullif(coalesce(p.name, w.word), a.product)), ''),
                    '(not known)') AS product,
           coalesce(nullif(p.product_group, ''), g.line_group, '(not known)') AS product_group,
           coalesce(n.name, nullif(a.channel, ''), '(not known)') AS channel,
           coalesce(nullif(a.region, ''), o.region, c.region, '(not known)') AS country
    FROM added a
    LEFT JOIN product p ON p.product = a.product
    LEFT JOIN product_word w ON w.product = a.product
    LEFT JOIN product_lines_group g ON g.product = a.product
    LEFT JOIN channel_name n ON n.channel = a.channel
    LEFT JOIN outlet o ON $by LIKE '%country' AND o.outlet = a.outlet
    LEFT JOIN customer c ON $by LIKE '%country' AND c.customer = a.customer
),
placed AS (
    SELECT day, value, product, product_group, channel, country,
           CASE WHEN $by LIKE 'product%' THEN product ELSE product_group END
           || CASE WHEN $by LIKE '%channel' THEN ', ' || channel
                   WHEN $by LIKE '%country' THEN ', ' || country ELSE '' END AS series
    FROM named
)
,
sold AS (
    SELECT p.series, CAST(date_trunc(ch.period, p.day) AS DATE) AS date, fsum(p.value) AS value
    FROM placed p CROSS JOIN chosen ch
    GROUP BY 1, 2
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
           AND CAST(t.date + t.step AS DATE) - 1 <= t.last_day + t.free_days AS complete
FROM begun b
JOIN periods t ON t.date >= b.first_date
LEFT JOIN sold s ON s.series = b.series AND s.date = t.date
ORDER BY 1, 2
