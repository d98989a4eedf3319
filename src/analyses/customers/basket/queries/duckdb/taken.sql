-- The lines that count: things bought, up to the day that is asked for. What came back and
-- what has no product is no purchase; both are counted in `span`.
SELECT customer, date, product, amount,
       -- Lines of one order are one basket; without order numbers, those of one customer and
       -- day. As a number of 63 bits: of ten million baskets two are confused once in two
       -- hundred thousand times.
       CAST(CASE WHEN order_id IS NOT NULL THEN hash(order_id)
                 WHEN customer IS NOT NULL THEN hash(customer, date) END >> 1 AS BIGINT) AS basket
FROM sales
WHERE product IS NOT NULL AND (amount IS NULL OR amount > 0)
  AND ($until IS NULL OR date IS NULL OR date <= CAST($until AS DATE))
  AND ($without IS NULL
       OR NOT list_contains(list_transform(string_split($without, ','), lambda x : trim(x)), product))
