-- What else moves sales: events and measures of the calendar, own list prices and promotions
-- (which the company decides on) and competitors' prices (which it does not). Prices are indexes:
-- each product against its own first price, weighted by what the product sells.
WITH day AS (
    SELECT date, event, nullif(region, '') AS region, coalesce(value, 1) AS value FROM calendar
), kind AS ( -- a measure has figures on most days, an event stands on single ones
    SELECT event, bool_or(region IS NOT NULL) AS local,
           count(DISTINCT value) > 2
               AND count(DISTINCT date) > (max(date) - min(date)) / 2 AS measure
    FROM day GROUP BY event
), calendar_part AS (
    SELECT CAST(date_trunc($period, d.date) AS DATE) AS date,
           CASE WHEN $by_region THEN d.region END AS region, d.event AS name,
           CASE WHEN any_value(k.measure) THEN avg(d.value) ELSE sum(d.value) END AS value,
           CASE WHEN any_value(k.measure) OR (any_value(k.local) AND $by_region) THEN 'control'
                ELSE 'event' END AS kind
    FROM day d JOIN kind k USING (event)
    GROUP BY 1, 2, 3
), weight AS (
    SELECT product, sum(amount) AS weight FROM sale
    WHERE amount > 0 AND product IS NOT NULL GROUP BY product
), seen AS (
    SELECT CAST(date_trunc($period, p.date) AS DATE) AS date, p.seller, p.product,
           coalesce(w.weight, 0) AS weight, p.price,
           CASE WHEN p.seller IS NULL THEN coalesce(p.regular_price, p.price) ELSE p.price END
               AS level,
           first_value(CASE WHEN p.seller IS NULL THEN coalesce(p.regular_price, p.price)
                            ELSE p.price END)
               OVER (PARTITION BY p.seller, p.product ORDER BY p.date) AS start,
           CASE WHEN p.regular_price > 0 THEN greatest(0, 1 - p.price / p.regular_price)
                WHEN p.promotion IS NOT NULL THEN 0.1 ELSE 0 END AS cut
    FROM price p LEFT JOIN weight w ON w.product = p.product
    WHERE p.price > 0
), price_part AS (
    SELECT date, NULL AS region, 'List price' AS name,
           100 * sum(weight * level / start) / nullif(sum(weight), 0) AS value, 'treatment' AS kind
    FROM seen WHERE seller IS NULL GROUP BY date
    UNION ALL
    SELECT date, NULL, 'Promotions', 100 * sum(weight * cut) / nullif(sum(weight), 0), 'treatment'
    FROM seen WHERE seller IS NULL GROUP BY date
    UNION ALL
    SELECT date, NULL, 'Competitors'' prices',
           100 * sum(weight * level / start) / nullif(sum(weight), 0), 'control'
    FROM seen WHERE seller IS NOT NULL GROUP BY date
)
SELECT * FROM (FROM calendar_part UNION ALL FROM price_part)
WHERE value IS NOT NULL
ORDER BY name, date, region
