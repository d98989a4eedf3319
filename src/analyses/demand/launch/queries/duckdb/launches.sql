-- What the bank knows of the products of series.sql: first sale, group, brand, list price.
WITH span AS (
    SELECT min(CAST(time AS DATE)) AS first_day FROM sale
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
SELECT w.name AS product,
       CASE WHEN w.first_day >= span.first_day + 28 THEN w.first_day END AS launched,
       w.product_group, w.brand, w.list_price AS price, CAST(NULL AS DOUBLE) AS weight
FROM wanted w CROSS JOIN span
ORDER BY 1
