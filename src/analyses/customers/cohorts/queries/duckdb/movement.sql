-- Who bought in each period, by what they were before it; and who fell dormant in it, with
-- what they had brought in the last period in which they bought.
WITH bought AS (
    SELECT slot, before, revenue, margin, lead(slot) OVER (PARTITION BY id ORDER BY slot) AS next
    FROM visit WHERE purchases > 0
)
SELECT slot, CASE WHEN before IS NULL THEN 'new'
                  WHEN slot - before > $rhythm_dormant THEN 'resurrected' ELSE 'returning' END AS what,
       count(*) AS customers, sum(revenue) AS revenue, sum(margin) AS margin
FROM bought GROUP BY ALL
UNION ALL
SELECT slot + $rhythm_dormant + 1 AS slot, 'lost' AS what, count(*), sum(revenue), sum(margin)
FROM bought
WHERE (next IS NULL OR next > slot + $rhythm_dormant) AND slot + $rhythm_dormant + 1 < $span_periods
GROUP BY ALL
UNION ALL
SELECT greatest(slot, 0), 'returned' AS what, count(*), sum(revenue), sum(margin)
FROM visit WHERE purchases = 0 GROUP BY ALL
ORDER BY 1, 2
