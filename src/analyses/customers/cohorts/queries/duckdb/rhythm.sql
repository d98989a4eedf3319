-- After how many periods without a purchase a customer counts as dormant: as asked, or the
-- pause that nine of ten pauses do not exceed.
SELECT CAST(coalesce($dormant, quantile_disc(slot - before, 0.9) FILTER (purchases > 0 AND before IS NOT NULL), 1) AS INTEGER) AS dormant,
       count(*) FILTER (purchases > 0 AND before IS NOT NULL) AS pauses
FROM visit
