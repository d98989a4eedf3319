-- The experiment as it was given, in its own order.
SELECT * FROM experiment
