-- Every product: what people call it, and what a line of it brings.
WITH worded AS (
    SELECT product, description, count(*) AS lines FROM sales WHERE description <> '' GROUP BY ALL
), name AS (
    SELECT product, max(struct_pack(lines, description)).description AS name
    FROM worded
    GROUP BY product
), added AS (
    SELECT product, fsum(amount) AS amount, count(*) AS lines,
           count(DISTINCT customer) AS customers
    FROM taken
    GROUP BY product
)
SELECT a.product,
       CASE WHEN n.name IS NULL OR n.name = a.product THEN a.product
            WHEN count(*) OVER (PARTITION BY n.name) > 1 THEN a.product || ' ' || n.name
            ELSE n.name END AS name,
       a.amount, a.lines,
       -- Products compared with each other for the next best one: those most people buy.
       CAST(CASE WHEN a.customers > 0
                      AND row_number() OVER (ORDER BY a.customers DESC, a.product) <= 2000
                 THEN row_number() OVER (ORDER BY a.customers DESC, a.product) - 1 END AS BIGINT)
           AS place
FROM added a LEFT JOIN name n ON n.product = a.product
ORDER BY a.product
