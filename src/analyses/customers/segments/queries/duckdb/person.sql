-- The customers as the company knows them, each once.
SELECT * FROM customer
QUALIFY row_number() OVER (PARTITION BY customer ORDER BY birth_year, segment, region) = 1
