/* export.h - lists taken out, as far as the actor may. */
#ifndef KU_OFFICE_EXPORT_H
#define KU_OFFICE_EXPORT_H

#include "office/store.h"

enum { KU_EXPORT_MOST = 100000 }; /* records of one export */

/* The records a query means, as CSV with a heading line: only records whose export is allowed,
 * only fields that may be seen, references by name. Texts that a spreadsheet would take for
 * a formula are made harmless. Written to the log, so it takes a writing office. KU_TOO_LARGE
 * when there are more records than KU_EXPORT_MOST. */
ku_status ku_records_export(ku_office *office, const ku_entity *entity, const ku_query *query,
                            ku_text *csv, ku_error *err);

#endif
