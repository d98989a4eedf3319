-- Every import adds one and every undoing adds one; nothing takes away.
SELECT
    count(*) + count(undone_at) AS number,
    max(greatest(imported_at, undone_at)) AS changed_at
FROM batch
