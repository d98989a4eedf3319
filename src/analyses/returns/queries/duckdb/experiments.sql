-- What tests of channels found, the channels by the names people call them.
WITH channel_name AS (
    SELECT channel, name FROM channel WHERE name <> ''
    QUALIFY count(*) OVER (PARTITION BY name) = 1
)
SELECT e.experiment, coalesce(n.name, e.channel) AS channel, e.region, e.starts, e.ends,
       e.counted_until, e.spend, e.effect, e.effect_lo, e.effect_hi, e.effect_error, e.outcome
FROM experiment e
LEFT JOIN channel_name n ON n.channel = e.channel
ORDER BY e.starts, e.experiment
