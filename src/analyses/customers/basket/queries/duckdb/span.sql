-- What there is to look at, and what cannot be looked at. The moments are the ends of the
-- last three stretches of $within days.
WITH kept AS (
    SELECT min(date) AS first_day, max(date) AS last_day, count(*) AS lines,
           count(*) FILTER (basket IS NULL) AS lines_without_basket,
           count(*) FILTER (customer IS NULL) AS lines_without_customer,
           fsum(amount) FILTER (customer IS NULL) AS unknown_amount, fsum(amount) AS amount
    FROM taken
), left_out AS (
    SELECT count(*) FILTER (product IS NULL) AS lines_without_product,
           count(*) FILTER (product IS NOT NULL) AS returned
    FROM sales
    WHERE (product IS NULL OR amount <= 0)
      AND ($until IS NULL OR date IS NULL OR date <= CAST($until AS DATE))
)
SELECT *, CAST(last_day - to_days(CAST(2 * $within AS INTEGER)) AS DATE) AS moment_0,
       CAST(last_day - to_days(CAST($within AS INTEGER)) AS DATE) AS moment_1
FROM kept, left_out
