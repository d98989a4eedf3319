-- The channel each customer used most at each moment's window, and how many.
WITH used AS (
    SELECT m.now, c.customer, c.channel, count(*) AS days
    FROM channel_day c JOIN moment m ON c.date <= m.at AND c.date > m.since
    GROUP BY ALL
)
SELECT now, customer, arg_max(channel, (days, channel)) AS channel, count(*) AS channels,
       max(days) / sum(days) AS channel_share
FROM used
GROUP BY now, customer
