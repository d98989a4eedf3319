-- Which product is in which basket.
SELECT basket, product FROM taken WHERE basket IS NOT NULL
