-- What is known of each customer beside the purchases, in the order of the people.
SELECT c.* FROM people p LEFT JOIN (
    SELECT * FROM covariates QUALIFY row_number() OVER (PARTITION BY customer ORDER BY rowid) = 1
) c ON c.customer = p.customer
WHERE (SELECT count(*) FROM covariates) > 0
ORDER BY p.customer
