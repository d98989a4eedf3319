-- What some of the customers lived through, period by period, and what they bought in each. A
-- row of conditions holds until the next of the same customer; rows without a customer are for
-- all who have none of their own. The first of them holds before it too.
WITH drawn AS (
    SELECT customer, first_day, last_day, repeats,
           row_number() OVER (ORDER BY customer) - 1 AS person
    FROM (SELECT * FROM people ORDER BY md5(customer), customer LIMIT 5000)
), own AS (
    SELECT DISTINCT customer FROM conditions WHERE customer IS NOT NULL
), period AS (
    SELECT *, lead(date) OVER (PARTITION BY customer ORDER BY date) AS next_date,
           row_number() OVER (PARTITION BY customer ORDER BY date) AS number
    FROM conditions
), life AS (
    SELECT s.person, s.customer AS who, s.first_day, s.last_day, s.repeats, p.*
    FROM (SELECT *, CASE WHEN customer IN (SELECT customer FROM own) THEN customer END AS owner
          FROM drawn) s
    JOIN period p ON p.customer IS NOT DISTINCT FROM s.owner
    WHERE p.next_date IS NULL OR p.next_date > s.first_day
), bought AS (
    SELECT l.person, l.number, count(*) AS bought
    FROM life l JOIN visits v ON v.customer = l.who
    WHERE v.date > l.first_day AND v.date <= $span_until_day
      AND (v.date >= l.date OR l.number = 1) AND (v.date < l.next_date OR l.next_date IS NULL)
    GROUP BY l.person, l.number
)
SELECT CAST(l.person AS BIGINT) AS person, CAST(l.repeats AS BIGINT) AS repeats,
       CAST(l.last_day - l.first_day AS BIGINT) AS last_after,
       CAST($span_until_day - l.first_day AS BIGINT) AS seen,
       CAST(coalesce(l.next_date - 1 - l.first_day, 1000000) AS BIGINT) AS end_after,
       CAST(coalesce(b.bought, 0) AS BIGINT) AS bought,
       l.* EXCLUDE (person, who, first_day, last_day, repeats, customer, date, next_date, number)
FROM life l LEFT JOIN bought b USING (person, number)
ORDER BY l.person, l.number
