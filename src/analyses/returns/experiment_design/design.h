/* design.h - returns.experiment-design: descriptor and kernel. Owns nothing. */
#ifndef KU_RETURNS_EXPERIMENT_DESIGN_H
#define KU_RETURNS_EXPERIMENT_DESIGN_H

#include "kemudi/analysis.h"

ku_analysis_fn experiment_design_run;

#endif
