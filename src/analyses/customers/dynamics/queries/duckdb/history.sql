-- The months of each customer, in the order of `person`.
SELECT month, purchases, amount, last_day, label FROM monthly ORDER BY customer, month
