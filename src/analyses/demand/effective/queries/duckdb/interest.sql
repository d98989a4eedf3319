-- Interest by segment and product: answers to the survey question "interest: PRODUCT" (yes or
-- no), each respondent once, by the latest. People of a segment are its customers in the bank;
-- respondents who are not known as customers belong to the segment "(not known)".
WITH answered AS (
    SELECT respondent, trim(substr(question, 10)) AS product,
           lower(trim(arg_max(answer, (coalesce(date, DATE '0001-01-01'), wave)))) AS answer,
           max(customer) AS customer
    FROM survey
    WHERE lower(question) LIKE 'interest:%' AND answer <> ''
    GROUP BY ALL
),
placed AS (
    SELECT coalesce(nullif(c.segment, ''), '(not known)') AS segment, a.product, a.answer
    FROM answered a
    LEFT JOIN customer c ON c.customer = a.customer
),
size AS (
    SELECT coalesce(nullif(segment, ''), '(not known)') AS segment, count(*) AS people
    FROM customer
    GROUP BY 1
)
SELECT p.segment, p.product,
       greatest(coalesce(max(s.people), 0), count(*))::DOUBLE AS people,
       count(*)::DOUBLE AS asked,
       count(*) FILTER (p.answer IN ('yes', 'y', 'true', '1'))::DOUBLE AS interested
FROM placed p
LEFT JOIN size s ON s.segment = p.segment
GROUP BY p.segment, p.product
ORDER BY p.segment, p.product
