-- The day of each known customer's first purchase, over all the data.
SELECT customer, min(day) AS day FROM bought GROUP BY customer
