-- The channels of each customer's purchases, each once a day.
SELECT DISTINCT customer, date, channel
FROM sales
WHERE customer IS NOT NULL AND customer <> '' AND channel <> '' AND amount > 0
  AND date <= $bounds_until AND date > $bounds_then_since
