-- What each customer bought in each month, and the main channel or product group of it.
SELECT customer, month, count(*) AS purchases, sum(amount) AS amount, max(date) AS last_day,
       CASE $by WHEN 'channel' THEN arg_max(channel, amount)
                WHEN 'product-group' THEN arg_max(product_group, amount) END AS label
FROM purchase
GROUP BY customer, month
