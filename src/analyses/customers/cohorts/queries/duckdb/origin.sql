-- Where each customer was won: the channel, region, outlet or product group that brought most
-- on the day of the first purchase. Empty when cohorts are not divided.
WITH bought AS (
    SELECT p.id,
           CASE $by WHEN 'channel' THEN s.channel WHEN 'region' THEN s.region
                    WHEN 'outlet' THEN s.outlet ELSE s.product_group END AS name,
           sum(s.amount) AS amount
    FROM sales s
    JOIN who w ON w.customer = trim(s.customer)
    JOIN person p ON p.id = w.id AND p.first_day = s.date
    WHERE $by <> 'none'
    GROUP BY ALL
), won AS (
    SELECT id, coalesce(nullif(name, ''), '(not known)') AS name
    FROM bought
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY amount DESC, name) = 1
), ranked AS (
    SELECT name, row_number() OVER (ORDER BY count(*) DESC, name) AS place FROM won GROUP BY name
)
SELECT w.id, CASE WHEN r.place <= $most THEN w.name ELSE 'Others' END AS name
FROM won w JOIN ranked r USING (name)
