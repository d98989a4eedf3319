-- The visits (stays, bookings, orders) as rows of day, money and what else is known of them.
-- Reservation systems write the day of arrival in three columns and the price of a night in
-- place of the amount; both ways are read.
WITH known AS (
    SELECT *,
           coalesce(date,
                    TRY(make_date(arrival_date_year,
                                  coalesce(TRY_CAST(arrival_date_month AS BIGINT),
                                           list_position(['jan', 'feb', 'mar', 'apr', 'may', 'jun',
                                                          'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
                                                         lower(left(trim(arrival_date_month), 3)))),
                                  arrival_date_day_of_month))) AS day,
           coalesce(nights, stays_in_weekend_nights + stays_in_week_nights) AS night_count,
           coalesce(cancelled, is_canceled <> 0, false) AS is_off
    FROM visits
)
SELECT day,
       CAST(NOT is_off AS DOUBLE) AS kept,
       coalesce(amount, adr * night_count) AS amount,
       night_count AS nights,
       adr AS price_per_night,
       CASE WHEN isodow(day) BETWEEN 4 AND 6 THEN 'Thursday to Saturday'
            WHEN day IS NOT NULL THEN 'Sunday to Wednesday' END AS day_of_arrival,
       CASE WHEN stays_in_weekend_nights > 0 THEN 'over a weekend'
            WHEN stays_in_weekend_nights = 0 THEN 'weekdays only' END AS stay,
       CASE WHEN coalesce(TRY_CAST(children AS DOUBLE), 0) + coalesce(babies, 0) > 0 THEN 'with children'
            WHEN adults = 1 THEN 'one adult' WHEN adults = 2 THEN 'two adults'
            WHEN adults > 2 THEN 'three adults or more' END AS guests,
       * EXCLUDE (date, amount, cancelled, nights, arrival_date_year, arrival_date_month,
                  arrival_date_week_number, arrival_date_day_of_month, stays_in_weekend_nights,
                  stays_in_week_nights, adr, is_canceled, adults, children, babies, day,
                  night_count, is_off, customer)
FROM known
WHERE CAST($until AS DATE) IS NULL OR day IS NULL OR day <= CAST($until AS DATE)
