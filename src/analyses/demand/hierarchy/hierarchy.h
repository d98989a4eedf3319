/* hierarchy.h - the run of demand.hierarchy. Owns nothing. */
#ifndef KU_DEMAND_HIERARCHY_HIERARCHY_H
#define KU_DEMAND_HIERARCHY_HIERARCHY_H

#include "kemudi/analysis.h"

ku_analysis_fn ku_demand_hierarchy_run;

#endif
