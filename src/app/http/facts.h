/* facts.h - what the other handlers need of the facts. Results live in the call. */
#ifndef KU_APP_HTTP_FACTS_H
#define KU_APP_HTTP_FACTS_H

#include "app/http/handlers.h"
#include "bank/bank.h"

const char *http_fact_kind(const ku_fact *fact); /* "fact" or "dimension" */
/* What the bank holds of every fact. */
ku_status http_fact_counts(http_call *call, ku_fact_count **counts, size_t *count, ku_error *err);
/* Says that there is no such fact, and which is the nearest. */
ku_status http_no_fact(const char *name, const char *where, ku_status code, ku_error *err);

#endif
