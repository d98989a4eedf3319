-- The bank's calendar, where its events are asked for as regressors.
SELECT date, event, region, value
FROM calendar
WHERE contains($calendar, 'events') OR $calendar = 'all'
ORDER BY date, event, region
