-- Known customers by number, in the order of their names: everything after this counts numbers.
SELECT customer, CAST(row_number() OVER (ORDER BY customer) AS INTEGER) AS id
FROM (SELECT DISTINCT trim(customer) AS customer FROM sales
      WHERE customer <> '' AND ($until IS NULL OR date <= CAST($until AS DATE)))
WHERE customer <> ''
