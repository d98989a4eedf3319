-- Which regions were treated, as the table says.
SELECT cell, trim(region) AS region, starts, ends, spend, channel
FROM treated
WHERE trim(region) <> ''
