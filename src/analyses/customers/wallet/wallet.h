/* wallet.h - customers.wallet: descriptor and kernel. Owns nothing. */
#ifndef KU_CUSTOMERS_WALLET_H
#define KU_CUSTOMERS_WALLET_H

#include "kemudi/analysis.h"

ku_analysis_fn wallet_run;

#endif
