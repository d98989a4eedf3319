-- The two days at which customers are looked at, the last one and the same a year before; since
-- when purchases count, since when those of the window before, since when those of the year.
SELECT true AS now, $bounds_until AS at, $bounds_since AS since, $bounds_before AS before,
       $bounds_then_until AS year
UNION ALL
SELECT false, $bounds_then_until, $bounds_then_since, $bounds_then_before,
       $bounds_then_until - 365
