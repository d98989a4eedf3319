-- The customers who bought, with what is known of them; what the customer list does not say is
-- taken from their largest purchase.
WITH bought AS (
    SELECT customer, arg_max(region, amount) AS region, arg_max(outlet, amount) AS outlet
    FROM purchase GROUP BY customer
), counted AS (
    SELECT customer, count(*) AS months FROM monthly GROUP BY customer
), kept AS (
    SELECT customer, count(*) AS memberships FROM membership
    WHERE coalesce(segment, '') <> '' AND (CAST($until AS DATE) IS NULL OR date <= CAST($until AS DATE))
    GROUP BY customer
)
SELECT customer, months, coalesce(memberships, 0) AS memberships, c.segment, c.type,
       coalesce(c.region, b.region) AS region, coalesce(c.outlet, b.outlet) AS outlet,
       c.contact_allowed, c.channel AS first_channel, c.gender, c.income_band, c.activity,
       CASE WHEN c.birth_year > 1900
            THEN CAST(CAST(floor((year(CAST($span_last_day AS DATE)) - c.birth_year) / 10) * 10 AS INTEGER) AS VARCHAR)
                 || ' to ' ||
                 CAST(CAST(floor((year(CAST($span_last_day AS DATE)) - c.birth_year) / 10) * 10 + 9 AS INTEGER) AS VARCHAR)
       END AS age
FROM counted
JOIN bought b USING (customer)
LEFT JOIN customer c USING (customer)
LEFT JOIN kept USING (customer)
ORDER BY customer
