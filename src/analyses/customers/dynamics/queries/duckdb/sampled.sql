-- Of how many customers one is looked at for changes of behaviour: two million purchases tell them
-- from chance wherever it matters.
SELECT CAST(greatest(1, ceil(count(*) / 2000000)) AS BIGINT) AS every FROM purchase
