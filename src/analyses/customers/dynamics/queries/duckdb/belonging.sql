-- The memberships given or kept, of customers who bought, in the order of `person`.
SELECT m.date, m.segment FROM membership m JOIN person USING (customer)
WHERE coalesce(m.segment, '') <> '' AND (CAST($until AS DATE) IS NULL OR m.date <= CAST($until AS DATE))
ORDER BY customer, m.date
