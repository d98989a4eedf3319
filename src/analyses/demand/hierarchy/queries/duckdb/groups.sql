-- Which groups each of the smallest units is in, named as in series.sql: its product group,
-- its product, its channel or country, as far as these are not the unit itself.
WITH added AS (
    SELECT NULL AS day, NULL AS value, product,
           CASE WHEN $by LIKE '%channel' THEN channel END AS channel,
           CASE WHEN $by LIKE '%country' THEN outlet END AS outlet,
           CASE WHEN $by LIKE '%country' THEN region END AS region,
           CASE WHEN $by LIKE '%country' AND region IS NULL THEN customer END AS customer
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
SELECT series, level, member
FROM (
    SELECT series, 1 AS place, 'Product group' AS level, product_group AS member FROM placed
    UNION ALL
    SELECT series, 2, 'Product', product FROM placed WHERE $by LIKE 'product-%'
    UNION ALL
    SELECT series, 3, 'Channel', channel FROM placed WHERE $by LIKE '%channel'
    UNION ALL
    SELECT series, 3, 'Country', country FROM placed WHERE $by LIKE '%country'
)
GROUP BY place, series, level, member
ORDER BY place, series
