/* impact.h - returns.impact: descriptor and kernel. Owns nothing. */
#ifndef KU_ANALYSES_RETURNS_IMPACT_H
#define KU_ANALYSES_RETURNS_IMPACT_H

#include "kemudi/analysis.h"

ku_analysis_fn impact_run;

#endif
