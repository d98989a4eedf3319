-- How many products and groups each customer bought at each moment's window, and the group
-- with the most money.
WITH item AS (
    SELECT customer, product, product_group,
           fsum(amount) FILTER (date > $bounds_since) AS now_amount,
           fsum(amount) FILTER (date <= $bounds_then_until
                                AND date > $bounds_then_since) AS then_amount
    FROM sales
    WHERE customer IS NOT NULL AND customer <> '' AND amount > 0 AND date <= $bounds_until
      AND date > $bounds_then_since
      AND (product IS NOT NULL OR product_group IS NOT NULL)
    GROUP BY customer, product, product_group
), grouped AS (
    SELECT customer, product_group, count(DISTINCT product) FILTER (now_amount > 0) AS now_products,
           count(DISTINCT product) FILTER (then_amount > 0) AS then_products,
           fsum(now_amount) AS now_amount, fsum(then_amount) AS then_amount
    FROM item
    GROUP BY customer, product_group
), placed AS (
    SELECT true AS now, customer, product_group, now_products AS products, now_amount AS amount
    FROM grouped WHERE now_amount > 0
    UNION ALL
    SELECT false, customer, product_group, then_products, then_amount
    FROM grouped WHERE then_amount > 0
)
SELECT now, customer, CAST(nullif(sum(products), 0) AS BIGINT) AS products,
       nullif(count(product_group) FILTER (product_group <> ''), 0) AS product_groups,
       arg_max(product_group, (amount, product_group)) FILTER (product_group <> '') AS product_group
FROM placed
GROUP BY now, customer
