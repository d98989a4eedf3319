/* check.h - whether a descriptor is consistent in itself. Owns nothing. */
#ifndef KU_ANALYSES_CHECK_H
#define KU_ANALYSES_CHECK_H

#include "kemudi/analysis.h"

/* KU_FAULT naming the first thing wrong: id of the form area.name, texts there, names of
 * tables, columns and parameters unique and of the form a-z0-9_-, units known, defaults and
 * limits of parameters good, views that refer to tables and columns that exist and have all
 * their kind of chart needs, sources cited, the example's flags understood. */
ku_status ku_analysis_check(const ku_analysis *analysis, ku_error *err);

#endif
