-- By day, how many customers are with us (bought within a horizon before), and how many of them
-- buy again: the season is in the rate of the two, free of who is new.
WITH purchase AS (
    SELECT date, date - lag(date) OVER own AS since, lead(date) OVER own - date AS until_next
    FROM bought
    WHERE net > 0
    WINDOW own AS (PARTITION BY customer ORDER BY date)
), event AS (
    SELECT date AS "day", count(*) FILTER (since <= $plan_horizon) AS again,
           count(*) FILTER (since IS NULL OR since > $plan_horizon) AS change
    FROM purchase
    GROUP BY date
    UNION ALL
    SELECT date + $plan_horizon::INT + 1, 0, -count(*)
    FROM purchase
    WHERE until_next IS NULL OR until_next > $plan_horizon
    GROUP BY date
)
SELECT "day" - $span_first_day::DATE AS "day", sum(again)::BIGINT AS again,
       sum(sum(change)) OVER (ORDER BY "day")::BIGINT AS active
FROM event
GROUP BY "day"
ORDER BY "day"
