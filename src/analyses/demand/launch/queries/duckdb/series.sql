-- Sales by period of the products whose first sale the bank has seen: those that came four
-- weeks or more after its first day, and the one that is replaced. Periods without a sale
-- count as zero, from the product's first sale to the last period of the bank.
WITH span AS (
    SELECT min(CAST(time AS DATE)) AS first_day, max(CAST(time AS DATE)) AS last_day FROM sale
),
chosen AS (
    SELECT first_day, last_day, CASE WHEN $period = 'auto' THEN 'week' ELSE $period END AS period
    FROM span
),
launched AS (
    SELECT s.product, min(CAST(s.time AS DATE)) AS first_day
    FROM sale s
    WHERE s.product <> '' AND s.quantity > 0
    GROUP BY 1
),
worded AS (
    SELECT product, description, count(*) AS lines
    FROM sale
    WHERE amount > 0 AND description <> ''
    GROUP BY ALL
),
product_word AS (
    SELECT product, max(struct_pack(lines, description)).description AS word
    FROM worded
    GROUP BY product
),
named AS (
    SELECT l.product, l.first_day, p.product_group, p.brand, p.list_price,
           concat_ws(' ', l.product, nullif(coalesce(p.name, w.word), l.product)) AS name
    FROM launched l
    LEFT JOIN product p ON p.product = l.product
    LEFT JOIN product_word w ON w.product = l.product
),
wanted AS (
    SELECT n.* FROM named n CROSS JOIN span
    WHERE n.first_day >= span.first_day + 28
       OR n.name = $replaces OR n.product = $replaces
       OR n.name = $product OR n.product = $product
)
,
sold AS (
    SELECT w.name AS series, CAST(date_trunc(ch.period, CAST(s.time AS DATE)) AS DATE) AS date,
           fsum(CASE WHEN $measure = 'quantity' THEN s.quantity ELSE s.amount END) AS value
    FROM sale s
    JOIN wanted w ON w.product = s.product
    CROSS JOIN chosen ch
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
       CAST(t.date + t.step AS DATE) - 1 <= t.last_day + t.free_days AS complete
FROM begun b
JOIN periods t ON t.date >= b.first_date
LEFT JOIN sold s ON s.series = b.series AND s.date = t.date
ORDER BY 1, 2
