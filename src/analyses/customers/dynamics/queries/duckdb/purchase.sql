-- Purchases: the distinct days on which a known customer bought for more than was given back.
SELECT customer, date, CAST(date_trunc('month', date) AS DATE) AS month, sum(amount) AS amount,
       sum(margin) AS margin, count(*) FILTER (amount > 0) AS lines,
       arg_max(channel, amount) AS channel, arg_max(outlet, amount) AS outlet,
       arg_max(region, amount) AS region,
       arg_max(CASE WHEN $by = 'product-group' THEN product_group END, amount) AS product_group,
       sum(discount) AS discount
FROM sales
WHERE coalesce(customer, '') <> '' AND (CAST($until AS DATE) IS NULL OR date <= CAST($until AS DATE))
GROUP BY customer, date
HAVING sum(amount) > 0
