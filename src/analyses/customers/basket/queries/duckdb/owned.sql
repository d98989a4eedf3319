-- When each customer first bought each of the products compared.
SELECT b.place AS buyer, p.place AS product, min(t.date) AS first_day
FROM taken t
JOIN buyers b ON b.customer = t.customer
JOIN products p ON p.product = t.product
WHERE p.place IS NOT NULL AND t.date IS NOT NULL
GROUP BY ALL
