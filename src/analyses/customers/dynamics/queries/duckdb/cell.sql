-- Purchases added up by month, by what is known of the customer and by how they were made.
SELECT p.month, s.segment, s.type, s.region, s.outlet, s.first_channel, s.gender, s.income_band,
       s.activity, s.age, p.channel, isodow(p.date) >= 6 AS weekend,
       CAST(count(*) AS DOUBLE) AS purchases, sum(p.amount) AS amount,
       sum(p.amount * p.amount) AS amount_square, sum(p.margin) AS margin,
       CAST(sum(p.lines) AS DOUBLE) AS lines, CAST(sum(p.lines * p.lines) AS DOUBLE) AS lines_square,
       sum(p.lines * p.amount) AS lines_amount
FROM purchase p JOIN person s USING (customer)
WHERE hash(p.customer) % CAST($sampled_every AS UBIGINT) = 0
GROUP BY ALL
ORDER BY ALL
