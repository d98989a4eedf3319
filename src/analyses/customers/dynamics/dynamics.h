/* dynamics.h - customers.dynamics: descriptor and kernel. Owns nothing. */
#ifndef KU_CUSTOMERS_DYNAMICS_H
#define KU_CUSTOMERS_DYNAMICS_H

#include "kemudi/analysis.h"

ku_analysis_fn dynamics_run;

#endif
