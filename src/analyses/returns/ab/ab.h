/* ab.h - returns.ab: descriptor and kernel. Owns nothing. */
#ifndef KU_ANALYSES_RETURNS_AB_H
#define KU_ANALYSES_RETURNS_AB_H

#include "kemudi/analysis.h"

ku_analysis_fn ab_run;

#endif
