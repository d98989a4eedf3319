/* cohorts.h - customers.cohorts: descriptor and kernel. Owns nothing. */
#ifndef KU_CUSTOMERS_COHORTS_H
#define KU_CUSTOMERS_COHORTS_H

#include "kemudi/analysis.h"

ku_analysis_fn cohorts_run;

#endif
