-- Counts of the arms, in the order of their dates.
SELECT * FROM counts ORDER BY ALL
