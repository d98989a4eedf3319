/* launch.h - the run of demand.launch. Owns nothing. */
#ifndef KU_DEMAND_LAUNCH_LAUNCH_H
#define KU_DEMAND_LAUNCH_LAUNCH_H

#include "kemudi/analysis.h"

ku_analysis_fn ku_demand_launch_run;

#endif
