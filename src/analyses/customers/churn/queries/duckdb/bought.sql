-- One row for each customer and day: several orders of a day are one purchase. Where a line's
-- cost is not known its margin is the share given, else the share of the lines that have one.
-- `breadth` has a bit for each group of products (or product) of the day.
SELECT customer, date, sum(amount) AS net,
       sum(coalesce(margin, amount * coalesce($margin, $span_margin_share, 1))) AS margin,
       coalesce(sum(amount) FILTER (amount > 0), 0.0) AS gross,
       coalesce(-sum(amount) FILTER (amount < 0), 0.0) AS back,
       coalesce(sum(discount) FILTER (amount > 0 AND discount > 0), 0.0) AS discount,
       coalesce(bit_or(1::BIGINT << (hash(coalesce(product_group, product)) % 61)::INT)
           FILTER (amount > 0 AND coalesce(product_group, product) IS NOT NULL), 0) AS breadth,
       max(channel) AS channel, max(outlet) AS outlet, max(region) AS region
FROM sales
WHERE customer IS NOT NULL AND trim(customer) <> '' AND date <= $span_last_day::DATE
GROUP BY customer, date
