/* imports.h - what the handlers of profiles share with those of imports. What is read
 * lives in the call. */
#ifndef KU_APP_HTTP_IMPORTS_H
#define KU_APP_HTTP_IMPORTS_H

#include "app/http/route.h"
#include "bank/import.h"

/* Mapping and reading options of the body. */
void http_read_how(http_call *call, ku_import_options *to);

#endif
