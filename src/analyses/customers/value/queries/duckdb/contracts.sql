-- Customers under contract, cohort by cohort.
SELECT cohort, period, customers, payment FROM renewals ORDER BY cohort, period
