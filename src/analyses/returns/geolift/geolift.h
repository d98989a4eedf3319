/* geolift.h - returns.geolift: descriptor and kernel. Owns nothing. */
#ifndef KU_RETURNS_GEOLIFT_H
#define KU_RETURNS_GEOLIFT_H

#include "kemudi/analysis.h"

ku_analysis_fn geolift_run;

#endif
