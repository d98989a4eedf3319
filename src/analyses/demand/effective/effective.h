/* effective.h - demand.effective: descriptor and kernel. Owns nothing. */
#ifndef KU_DEMAND_EFFECTIVE_H
#define KU_DEMAND_EFFECTIVE_H

#include "kemudi/analysis.h"

ku_analysis_fn effective_run;

#endif
