/* handlers.h - the handlers named by the route table, and what they share. Handlers own
 * nothing; what they answer lives in the call. */
#ifndef KU_APP_HTTP_HANDLERS_H
#define KU_APP_HTTP_HANDLERS_H

#include "app/http/route.h"
#include "bank/fact.h"
#include "kemudi/analysis.h"
#include "office/store.h"
#include "runs/run.h"

http_handler http_health, http_openapi, http_workspace;                  /* about.c */
http_handler http_list_analyses, http_get_analysis;                      /* analyses.c */
http_handler http_list_facts, http_get_fact, http_fact_rows;             /* facts.c */
http_handler http_list_runs, http_new_run, http_get_run, http_watch_run; /* runs.c */
http_handler http_cancel_run, http_run_again;
http_handler http_run_table;                                         /* tables.c */
http_handler http_run_chart_svg, http_run_chart_png;                 /* charts.c */
http_handler http_detect_import, http_new_import, http_list_imports; /* imports.c */
http_handler http_get_import, http_watch_import, http_cancel_import, http_undo_import;
http_handler http_import_rejects;
http_handler http_keep_run_table, http_add_rows;                     /* rows.c */
http_handler http_list_profiles, http_save_profile;                  /* profiles.c */
http_handler http_list_entities, http_list_records, http_get_record; /* records.c */
http_handler http_add_record, http_change_record, http_move_record, http_remove_record;
http_handler http_record_history, http_export_records;
http_handler http_list_events, http_list_heads, http_explain_record; /* log.c */
http_handler http_add_version, http_version_content;                 /* documents.c */
http_handler http_my_acks, http_my_reminders, http_document_readings;
http_handler http_document_card; /* cards.c */
extern const http_sink http_document_sink;
http_handler http_inbox, http_signers, http_verify_approval;              /* approvals.c */
http_handler http_get_session, http_sign_in, http_sign_out, http_confirm; /* session.c */
http_handler http_new_password, http_use_link, http_second_factor;
http_handler http_list_sessions, http_end_session, http_end_other_sessions;
http_handler http_service_start, http_service_back; /* service.c */
http_handler http_list_tokens, http_new_token, http_end_token;
http_handler http_held_on_person; /* personal.c */

/* Who did it, in records of runs and imports: the person, or the one at this computer. */
#define HTTP_LOCAL_NAME "web"
const char *http_actor_name(const http_call *call);

/* ---- shared ------------------------------------------------------------------------- */

json_t *http_json_text(const char *text);          /* null for NULL */
json_t *http_json_time(int64_t micros);            /* null for 0 */
json_t *http_json_day(bool known, int64_t micros); /* the date, or null */
json_t *http_json_failure(const ku_error *err);    /* null when there is none */
json_t *http_json_texts(const char *const *texts); /* NULL-terminated; NULL: [] */
/* {"items": [...], "next": "cursor" or null}; takes the items over. */
json_t *http_json_list(json_t *items, const char *next);

/* The filters, words and order of a list's query parameters. */
void http_record_query(http_call *call, ku_query *query);

json_t *http_json_analysis(const ku_analysis *analysis);
json_t *http_json_run(const ku_run_record *record);
/* The document at /api/v1/openapi.json, a new reference. */
json_t *http_openapi_document(void);

#endif
