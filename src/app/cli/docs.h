/* docs.h - the reference as Markdown pages, generated from the descriptors. Texts are added
 * to the caller's; files are written below the folder given. */
#ifndef KU_APP_CLI_DOCS_H
#define KU_APP_CLI_DOCS_H

#include "app/cli/command.h"
#include "bank/fact.h"
#include "base/text.h"
#include "kemudi/frame.h"

void cli_docs_index(ku_text *out);
void cli_docs_fact(const ku_fact *fact, ku_text *out);
void cli_docs_commands(ku_text *out, ku_arena *arena);
/* The page of an analysis, to lie in FOLDER/analyses/. Its worked example is run, and its
 * files and charts are written to FOLDER/analyses/ID/. */
ku_status cli_docs_analysis(const ku_analysis *analysis, const char *folder, ku_arena *arena,
                            ku_text *out, ku_error *err);

/* ---- parts (used by all pages) ------------------------------------------------------------- */

/* Text within a paragraph or a table's cell: what Markdown would read as marks is escaped,
 * line ends become spaces. */
void cli_docs_add(ku_text *out, const char *text);
/* "| a | b |" for a heading, with the line below it, and for a row. NULL-terminated. */
void cli_docs_heading_row(ku_text *out, const char *const *cells);
void cli_docs_row(ku_text *out, const char *const *cells);
/* Column, type, unit, meaning. */
void cli_docs_columns(ku_text *out, const ku_column_spec *columns, bool input);
const char *cli_docs_unit(const char *unit);

#endif
