-- The memberships kept in the bank: of one segmentation, or of the one kept last.
SELECT customer, CAST(coalesce(CAST(since AS TIMESTAMP), made_at) AS DATE) AS date, segment, scheme
FROM segment
WHERE scheme = coalesce(CAST($scheme AS VARCHAR), (SELECT arg_max(scheme, made_at) FROM segment))
