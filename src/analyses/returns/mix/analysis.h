/* analysis.h - returns.mix: the outputs that its descriptor and its tables share. Constants. */
#ifndef KU_RETURNS_MIX_ANALYSIS_H
#define KU_RETURNS_MIX_ANALYSIS_H

#include "kemudi/analysis.h"

extern const ku_table_spec rmix_outputs[];
extern const ku_param_spec rmix_params[];
extern const ku_column_spec rmix_prior_columns[];

ku_analysis_fn rmix_run;

#endif
