-- What was put into each channel and what it bought, by period and region. A credit note lowers
-- what was spent in its own period.
WITH channel_name AS ( -- a name that two share would make one of them
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
)
SELECT CAST(date_trunc($period, s.date) AS DATE) AS date,
       CASE WHEN $by_region THEN s.region END AS region,
       coalesce(n.name, s.channel) AS channel,
       sum(s.amount) AS spend,
       CASE WHEN $exposure <> 'spend' AND count(s.impressions) > 0 THEN sum(s.impressions) END
           AS exposure,
       CASE WHEN $exposure = 'reach' THEN sum(s.reach) END AS reach,
       CASE WHEN $exposure = 'reach'
            THEN sum(s.reach * s.frequency) / nullif(sum(s.reach) FILTER (s.frequency > 0), 0) END
           AS frequency,
       'paid' AS kind
FROM spend s
LEFT JOIN channel_name n ON n.channel = s.channel
WHERE $until IS NULL OR s.date <= $until
GROUP BY ALL
ORDER BY date, region, channel
