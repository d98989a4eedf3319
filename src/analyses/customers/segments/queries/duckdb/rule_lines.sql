-- The rules given as a table, in its order.
SELECT segment, rule, action FROM rules ORDER BY rowid
