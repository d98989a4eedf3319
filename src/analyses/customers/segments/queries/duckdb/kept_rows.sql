-- The memberships of this segmentation that were kept last.
SELECT customer, segment, rule, since, version, made_at
FROM segment
WHERE scheme = $bounds_scheme AND customer <> '' AND segment <> ''
QUALIFY made_at = max(made_at) OVER ()
