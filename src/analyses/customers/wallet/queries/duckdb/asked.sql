-- How many answers there are at all.
SELECT count(*) AS answers, count(said) AS numbers FROM said
