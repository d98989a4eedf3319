-- Our own latest price of each product, else its list price; free products have no price.
WITH seen AS (
    SELECT product, arg_max(price, date) AS price
    FROM price
    WHERE coalesce(seller, '') = '' AND price > 0
    GROUP BY product
)
SELECT coalesce(s.product, p.product) AS product,
       coalesce(s.price, p.list_price) AS price,
       NULL::DOUBLE AS units, NULL::DOUBLE AS afford_low, NULL::DOUBLE AS afford_high
FROM seen s
FULL JOIN product p ON p.product = s.product
WHERE coalesce(s.price, p.list_price) > 0
ORDER BY 1
