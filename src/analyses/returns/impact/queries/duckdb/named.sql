-- The series with a name each: a file of one series needs none.
SELECT * REPLACE (coalesce(nullif(series, ''), 'Outcome') AS series) FROM series
