/* routes.c - the one table of routes. The checks before a handler, OpenAPI and the tests
 * all read it. */
#include "app/http/handlers.h"
#include "app/http/uploads.h"
#include "office/documents/documents.h"

#define V1 HTTP_API
#define LAST                                                                                       \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define P(name_, kind_, meaning_)                                                                  \
    {                                                                                              \
        .name = name_, .kind = kind_, .meaning = meaning_                                          \
    }
#define PX(name_, kind_, meaning_, ...)                                                            \
    {                                                                                              \
        .name = name_, .kind = kind_, .meaning = meaning_, __VA_ARGS__                             \
    }
#define PARAMS(...)                                                                                \
    .in_query = (const http_param[])                                                               \
    {                                                                                              \
        __VA_ARGS__, LAST                                                                          \
    }
#define PATH(...)                                                                                  \
    .in_path = (const http_param[])                                                                \
    {                                                                                              \
        __VA_ARGS__, LAST                                                                          \
    }
#define ANSWERS(...) .answer = {__VA_ARGS__}
#define JSON(shape, meaning_)                                                                      \
    {                                                                                              \
        200, "application/json", shape, meaning_                                                   \
    }
#define STARTED(shape, meaning_)                                                                   \
    {                                                                                              \
        202, "application/json", shape, meaning_                                                   \
    }

#define ID P("id", HTTP_ID, "its id")
#define LIMIT                                                                                      \
    PX("limit", HTTP_INT, "most entries of one page", .min = 1, .max = 200, .fallback = "50")
#define CURSOR P("cursor", HTTP_ID, "`next` of the page before")

#define VIEW P("view", HTTP_ID, "a view of the analysis that draws")
#define CHART                                                                                      \
    PARAMS(                                                                                        \
        PX("filter", HTTP_TEXT, "value of the view's filter column; the first one", .max = 500),   \
        PX("width", HTTP_INT, "in points or pixels; 0: 900", .max = 4000, .fallback = "0"),        \
        PX("height", HTTP_INT, "in points or pixels; 0: 480", .max = 4000, .fallback = "0"),       \
        PX("theme", HTTP_CHOICE, "colours", .fallback = "light", .choices = "'light'|'dark'"))

#define KIND   P("entity", HTTP_ID, "the kind: person, document, ...")
#define NUMBER PX("id", HTTP_INT, "the record's number", .min = 1, .max = 9e15)
#define RECORD_FILTERS                                                                             \
    P("q", HTTP_TEXT, "only records with these words"),                                            \
        P("sort", HTTP_TEXT, "a field; from the largest down with - before"),                      \
        PX("closed", HTTP_BOOL, "also those in a closed state", .fallback = "false"),              \
        PX("filter.", HTTP_PREFIX, "filter.<field>=<value>; empty: only those without",            \
           .max = 500),                                                                            \
        PX("not.", HTTP_PREFIX, "not.<field>=<value>", .max = 500),                                \
        PX("from.", HTTP_PREFIX, "from.<field>=<value>: at least", .max = 500),                    \
        PX("to.", HTTP_PREFIX, "to.<field>=<value>: at most", .max = 500),                         \
        PX("has.", HTTP_PREFIX, "has.<field>=<text>: the text holds this", .max = 500)
#define GONE_FROM_VIEW                                                                             \
    {                                                                                              \
        204, NULL, NULL, "Done; you may no longer see the record"                                  \
    }

#define SMALL  65536
#define MEDIUM 1048576

const http_route http_routes[] = {
    /* ---- the server and the company ---- */
    {"GET", V1 "/health", "getHealth", "Server", "That the server is up", HTTP_OPEN, KU_SEE,
     .flags = HTTP_QUICK, ANSWERS(JSON("Health", "It is up")), .handler = http_health},
    {"GET", V1 "/openapi.json", "getOpenApi", "Server", "This document", "about", KU_SEE,
     .flags = HTTP_QUICK | HTTP_ETAG, ANSWERS(JSON("{any}", "OpenAPI 3.1")),
     .handler = http_openapi},
    {"GET", V1 "/workspace", "getWorkspace", "Server", "The company and what its bank holds",
     "about", KU_SEE, .flags = HTTP_ETAG, ANSWERS(JSON("Workspace", "The workspace")),
     .handler = http_workspace},

    /* ---- analyses and facts ---- */
    {"GET", V1 "/analyses", "listAnalyses", "Analyses", "All analyses with what they take and give",
     "analyses", KU_SEE, .flags = HTTP_QUICK | HTTP_ETAG,
     ANSWERS(JSON("AnalysisList", "The analyses")), .handler = http_list_analyses},
    {"GET", V1 "/analyses/{id}", "getAnalysis", "Analyses", "One analysis", "analyses", KU_SEE,
     PATH(ID), .flags = HTTP_QUICK | HTTP_ETAG, ANSWERS(JSON("Analysis", "The analysis")),
     .handler = http_get_analysis},
    {"GET", V1 "/facts", "listFacts", "Facts",
     "All facts and dimensions, and what the bank holds of them", "bank", KU_SEE,
     .flags = HTTP_ETAG, ANSWERS(JSON("FactList", "The facts")), .handler = http_list_facts},
    {"GET", V1 "/facts/{name}", "getFact", "Facts", "One fact or dimension", "bank", KU_SEE,
     PATH(P("name", HTTP_ID, "sale, spend, customer, ...")), .flags = HTTP_ETAG,
     ANSWERS(JSON("Fact", "The fact")), .handler = http_get_fact},
    {"GET", V1 "/facts/{name}/rows", "listRows", "Facts",
     "Rows of a fact as the bank holds them, the latest first", "bank", KU_SEE,
     PATH(P("name", HTTP_ID, "sale, forecast_override, ...")),
     PARAMS(
         PX("limit", HTTP_INT, "most rows of one page", .min = 1, .max = 1000, .fallback = "100"),
         PX("cursor", HTTP_INT, "`next` of the page before", .max = 9e15, .fallback = "0"),
         PX("filter.", HTTP_PREFIX, "filter.<column>=<value>: only rows with this value",
            .max = 500)),
     ANSWERS(JSON("RowPage", "A page")), .handler = http_fact_rows},

    /* ---- runs ---- */
    {"GET", V1 "/runs", "listRuns", "Runs", "Runs, newest first", "runs", KU_SEE,
     PARAMS(P("analysis", HTTP_ID, "only runs of this analysis"), LIMIT, CURSOR),
     ANSWERS(JSON("RunList", "A page of runs")), .handler = http_list_runs},
    {"POST", V1 "/runs", "startRun", "Runs", "Starts a run", "runs", KU_ADD, .body = HTTP_JSON_BODY,
     .body_limit = MEDIUM, .body_type = "NewRun",
     ANSWERS(STARTED("Run", "Queued; Location tells where to follow it")), .handler = http_new_run},
    {"GET", V1 "/runs/{id}", "getRun", "Runs", "One run as it stands now", "runs", KU_SEE, PATH(ID),
     .flags = HTTP_ETAG, ANSWERS(JSON("Run", "The run")), .handler = http_get_run},
    {"GET", V1 "/runs/{id}/events", "watchRun", "Runs",
     "The run each time it changes, until it ends", "runs", KU_SEE, PATH(ID),
     ANSWERS({200, "text/event-stream", "Run", "Events named `run`, their data a Run"}),
     .handler = http_watch_run},
    {"POST", V1 "/runs/{id}/cancel", "cancelRun", "Runs", "Stops a run", "runs", KU_ADD, PATH(ID),
     ANSWERS(STARTED("Run", "It will stop")), .handler = http_cancel_run},
    {"POST", V1 "/runs/{id}/again", "repeatRun", "Runs", "Repeats a run on the very input it had",
     "runs", KU_ADD, PATH(ID), ANSWERS(STARTED("Run", "The new run")), .handler = http_run_again},
    {"GET", V1 "/runs/{id}/tables/{table}", "getRunTable", "Runs",
     "Rows of an output table, the values of one of its columns, or all of it as CSV", "runs",
     KU_SEE, PATH(ID, P("table", HTTP_ID, "an output of the analysis")),
     PARAMS(
         PX("limit", HTTP_INT, "most rows of one page", .min = 1, .max = 20000, .fallback = "1000"),
         PX("cursor", HTTP_INT, "`next` of the page before", .max = 9e15, .fallback = "0"),
         PX("format", HTTP_CHOICE, "a page as JSON, or the whole table as CSV", .fallback = "json",
            .choices = "'json'|'csv'"),
         PX("filter.", HTTP_PREFIX,
            "filter.<column>=<value>: only rows with this value; an empty value: only rows without "
            "one",
            .max = 500),
         PX("search.", HTTP_PREFIX,
            "search.<column>=<text>: only rows whose text holds this, capitals or not", .max = 500),
         PX("not.", HTTP_PREFIX,
            "not.<column>=<value>: no rows with this value; an empty value: none without one",
            .max = 500),
         P("sort", HTTP_TEXT,
           "rows in the order of this column; from the largest down with - before"),
         P("distinct", HTTP_ID, "the values of this column in place of rows"),
         P("q", HTTP_TEXT, "with `distinct`: only values that hold this text")),
     ANSWERS(JSON("TablePage", "A page"), {200, "text/csv", NULL, "The whole table"}),
     .handler = http_run_table},
    {"GET", V1 "/runs/{id}/charts/{view}.svg", "getRunChartSvg", "Runs",
     "A view of the run as a picture that scales", "runs", KU_SEE, PATH(ID, VIEW), CHART,
     .flags = HTTP_ETAG, ANSWERS({200, "image/svg+xml", NULL, "The chart"}),
     .handler = http_run_chart_svg},
    {"GET", V1 "/runs/{id}/charts/{view}.png", "getRunChartPng", "Runs",
     "A view of the run as a picture of pixels, twice the size asked for", "runs", KU_SEE,
     PATH(ID, VIEW), CHART, .flags = HTTP_ETAG, ANSWERS({200, "image/png", NULL, "The chart"}),
     .handler = http_run_chart_png},

    /* ---- files and imports ---- */
    {"POST", V1 "/uploads", "upload", "Imports",
     "Takes a file for an import or a run; kept for 24 hours", "runs", KU_ADD,
     PARAMS(PX("name", HTTP_TEXT, "the file's name; its ending tells the kind of file", .max = 500,
               .fallback = "file")),
     .body = HTTP_BYTES_BODY, .body_limit = HTTP_UPLOAD_LIMIT, .sink = &http_upload_sink,
     ANSWERS({201, "application/json", "Upload", "Stored"}), .handler = http_upload_finish},
    {"DELETE", V1 "/uploads/{id}", "deleteUpload", "Imports", "Removes an uploaded file", "runs",
     KU_ADD, PATH(ID), ANSWERS({204, NULL, NULL, "Removed"}), .handler = http_upload_delete},
    {"POST", V1 "/imports/detect", "detectImport", "Imports", "How files would be read and mapped",
     "bank", KU_ADD, .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "DetectImport",
     ANSWERS(JSON("Detected", "What was found")), .handler = http_detect_import},
    {"POST", V1 "/imports", "startImport", "Imports", "Imports files, or checks every row of them",
     "bank", KU_ADD, .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "NewImport",
     ANSWERS(STARTED("Import", "Queued; Location tells where to follow it")),
     .handler = http_new_import},
    {"POST", V1 "/runs/{id}/tables/{table}/keep", "keepRunTable", "Imports",
     "Brings an output table of a run into the bank as a fact; the same run is kept once", "bank",
     KU_ADD, PATH(ID, P("table", HTTP_ID, "an output of the analysis")), .body = HTTP_JSON_BODY,
     .body_limit = SMALL, .body_type = "KeepTable",
     ANSWERS(STARTED("Import", "Queued; Location tells where to follow it")),
     .handler = http_keep_run_table},
    {"POST", V1 "/facts/{name}/rows", "addRows", "Imports",
     "Brings rows given as JSON into the bank, such as a forecast's override by a person; rows "
     "that are there already are counted once",
     "bank", KU_ADD, PATH(P("name", HTTP_ID, "the fact: forecast_override, price, ...")),
     .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "NewRows",
     ANSWERS(STARTED("Import", "Queued; Location tells where to follow it")),
     .handler = http_add_rows},
    {"GET", V1 "/imports", "listImports", "Imports", "Imports under way and done, newest first",
     "bank", KU_SEE, PARAMS(LIMIT, CURSOR), ANSWERS(JSON("ImportList", "A page of imports")),
     .handler = http_list_imports},
    {"GET", V1 "/imports/{id}", "getImport", "Imports", "One import", "bank", KU_SEE, PATH(ID),
     ANSWERS(JSON("Import", "The import")), .handler = http_get_import},
    {"GET", V1 "/imports/{id}/events", "watchImport", "Imports",
     "The import each time it changes, until it ends", "bank", KU_SEE, PATH(ID),
     ANSWERS({200, "text/event-stream", "Import", "Events named `import`, their data an Import"}),
     .handler = http_watch_import},
    {"GET", V1 "/imports/{id}/rejects", "getRejects", "Imports",
     "The rows that were refused, and why", "bank", KU_SEE, PATH(ID),
     PARAMS(PX("format", HTTP_CHOICE, "the whole file, or its first rows as JSON",
               .fallback = "csv", .choices = "'json'|'csv'"),
            LIMIT),
     ANSWERS({200, "text/csv", NULL, "file,line,column,value,reason,row"},
             JSON("RejectList", "The first rows")),
     .handler = http_import_rejects},
    {"POST", V1 "/imports/{id}/cancel", "cancelImport", "Imports",
     "Stops an import; nothing of it stays", "bank", KU_ADD, PATH(ID),
     ANSWERS(STARTED("Import", "It will stop")), .handler = http_cancel_import},
    {"POST", V1 "/imports/{id}/undo", "undoImport", "Imports", "Takes an import's rows out again",
     "bank", KU_REMOVE, PATH(ID), ANSWERS(JSON("Import", "Undone")), .handler = http_undo_import},
    {"GET", V1 "/profiles", "listProfiles", "Imports", "Saved ways to read and map files", "bank",
     KU_SEE, PARAMS(P("fact", HTTP_ID, "only those for this fact")),
     ANSWERS(JSON("ProfileList", "The profiles")), .handler = http_list_profiles},
    {"PUT", V1 "/profiles/{name}", "saveProfile", "Imports", "Saves a mapping under a name", "bank",
     KU_ADD, PATH(PX("name", HTTP_TEXT, "its name, as people write it", .max = 64)),
     .body = HTTP_JSON_BODY, .body_limit = SMALL, .body_type = "NewProfile",
     ANSWERS(JSON("Profile", "Saved")), .handler = http_save_profile},

    /* ---- signing in ---- */
    {"GET", V1 "/session", "getSession", "Sign-in", "Who you are and what you hold", HTTP_OPEN, 0,
     ANSWERS(JSON("Session", "The session")), .handler = http_get_session},
    {"POST", V1 "/session", "signIn", "Sign-in", "Begins a session; the cookie is the answer's",
     HTTP_OPEN, 0, .body = HTTP_JSON_BODY, .body_limit = SMALL, .body_type = "SignIn",
     ANSWERS(JSON("Session", "Signed in")), .handler = http_sign_in},
    {"DELETE", V1 "/session", "signOut", "Sign-in", "Ends the session", "account", KU_SEE,
     ANSWERS({204, NULL, NULL, "Signed out"}), .handler = http_sign_out},
    {"POST", V1 "/session/link", "useLink", "Sign-in",
     "Sets a first or new password by a one-time link, and signs in", HTTP_OPEN, 0,
     .body = HTTP_JSON_BODY, .body_limit = SMALL, .body_type = "UseLink",
     ANSWERS(JSON("Session", "Signed in")), .handler = http_use_link},
    {"GET", V1 "/session/oidc/start", "startService", "Sign-in",
     "Sends the browser to the company's own sign-in service", HTTP_OPEN, 0,
     PARAMS(PX("again", HTTP_BOOL, "one must show anew who one is, to sign then",
               .fallback = "false")),
     ANSWERS({303, NULL, NULL, "Location is the service's page"}), .handler = http_service_start},
    {"GET", V1 "/session/oidc/callback", "endService", "Sign-in",
     "Where the company's sign-in service sends the browser back to", HTTP_OPEN, 0,
     PARAMS(PX("code", HTTP_TEXT, "to be exchanged for a token", .max = 4000),
            P("state", HTTP_TEXT, "as it was sent"),
            PX("iss", HTTP_TEXT, "the service's name", .max = 500),
            P("error", HTTP_TEXT, "that the service refused"),
            PX("error_description", HTTP_TEXT, "why; not used", .max = 4000),
            PX("error_uri", HTTP_TEXT, "not used", .max = 4000),
            PX("session_state", HTTP_TEXT, "not used", .max = 1000),
            PX("scope", HTTP_TEXT, "not used", .max = 1000), P("authuser", HTTP_TEXT, "not used"),
            P("hd", HTTP_TEXT, "not used"), P("prompt", HTTP_TEXT, "not used")),
     ANSWERS({303, NULL, NULL, "Location is the first page, or says that it was refused"}),
     .handler = http_service_back},
    {"POST", V1 "/session/confirm", "confirm", "Sign-in",
     "Shows again who you are, to sign within the next five minutes", "account", KU_SEE,
     .body = HTTP_JSON_BODY, .body_limit = SMALL, .body_type = "Confirm",
     ANSWERS(JSON("Session", "Confirmed")), .handler = http_confirm},
    {"POST", V1 "/session/password", "changePassword", "Sign-in",
     "Sets a new password; all other sessions end", "account", KU_CHANGE, .body = HTTP_JSON_BODY,
     .body_limit = SMALL, .body_type = "NewPassword", ANSWERS({204, NULL, NULL, "Changed"}),
     .handler = http_new_password},
    {"POST", V1 "/session/second-factor", "secondFactor", "Sign-in",
     "Begins, enables or removes the second factor", "account", KU_CHANGE, .body = HTTP_JSON_BODY,
     .body_limit = SMALL, .body_type = "ChangeFactor",
     ANSWERS(JSON("Factor", "What to show once"), {204, NULL, NULL, "Removed"}),
     .handler = http_second_factor},
    {"GET", V1 "/sessions", "listSessions", "Sign-in", "Your sessions", "account", KU_SEE,
     ANSWERS(JSON("SessionList", "Those that have not ended")), .handler = http_list_sessions},
    {"DELETE", V1 "/sessions", "endOtherSessions", "Sign-in",
     "Ends all your sessions but this one at once", "account", KU_CHANGE,
     ANSWERS({204, NULL, NULL, "Ended"}), .handler = http_end_other_sessions},
    {"DELETE", V1 "/sessions/{id}", "endSession", "Sign-in", "Ends one of your sessions at once",
     "account", KU_CHANGE, PATH(NUMBER), ANSWERS({204, NULL, NULL, "Ended"}),
     .handler = http_end_session},
    {"GET", V1 "/tokens", "listTokens", "Sign-in", "Your tokens for programs", "account", KU_SEE,
     ANSWERS(JSON("TokenList", "Those in use")), .handler = http_list_tokens},
    {"POST", V1 "/tokens", "newToken", "Sign-in", "Makes a token for a program; shown once",
     "account", KU_ADD, .body = HTTP_JSON_BODY, .body_limit = SMALL, .body_type = "AskToken",
     ANSWERS({201, "application/json", "NewToken", "The token"}), .handler = http_new_token},
    {"DELETE", V1 "/tokens/{id}", "endToken", "Sign-in", "Ends a token at once", "account",
     KU_CHANGE, PATH(NUMBER), ANSWERS({204, NULL, NULL, "Ended"}), .handler = http_end_token},

    /* ---- the office's records ---- */
    {"GET", V1 "/entities", "listEntities", "Records",
     "The kinds of records the office keeps, as far as you may see them", HTTP_RECORDS, 0,
     ANSWERS(JSON("EntityList", "The kinds")), .handler = http_list_entities},
    {"GET", V1 "/records/{entity}", "listRecords", "Records", "Records of a kind, a page at a time",
     HTTP_RECORDS, 0, PATH(KIND),
     PARAMS(RECORD_FILTERS, LIMIT, CURSOR,
            PX("count", HTTP_BOOL, "also how many there are", .fallback = "false")),
     ANSWERS(JSON("RecordPage", "A page")), .handler = http_list_records},
    {"POST", V1 "/records/{entity}", "addRecord", "Records", "Adds a record", HTTP_RECORDS, 0,
     PATH(KIND), .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "NewRecord",
     ANSWERS({201, "application/json", "{any}", "Added; Location tells where"}, GONE_FROM_VIEW),
     .handler = http_add_record},
    {"GET", V1 "/records/{entity}/export.csv", "exportRecords", "Records",
     "Records of a kind as a file, as far as you may take them out", HTTP_RECORDS, 0, PATH(KIND),
     PARAMS(RECORD_FILTERS), ANSWERS({200, "text/csv", NULL, "The file"}),
     .handler = http_export_records},
    {"GET", V1 "/records/{entity}/{id}", "getRecord", "Records",
     "One record, what you may do with it, and the steps it can take", HTTP_RECORDS, 0,
     PATH(KIND, NUMBER), ANSWERS(JSON("{any}", "The record; its ETag is its version")),
     .handler = http_get_record},
    {"PATCH", V1 "/records/{entity}/{id}", "changeRecord", "Records",
     "Changes fields of a record; If-Match says which version was seen", HTTP_RECORDS, 0,
     PATH(KIND, NUMBER), .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "NewRecord",
     ANSWERS(JSON("{any}", "As it is now"), GONE_FROM_VIEW), .handler = http_change_record},
    {"DELETE", V1 "/records/{entity}/{id}", "removeRecord", "Records",
     "Removes a record; If-Match says which version was seen", HTTP_RECORDS, 0, PATH(KIND, NUMBER),
     PARAMS(PX("reason", HTTP_TEXT, "why, for the log", .max = 1000)),
     ANSWERS({204, NULL, NULL, "Removed"}), .handler = http_remove_record},
    {"POST", V1 "/records/{entity}/{id}/moves/{transition}", "moveRecord", "Records",
     "Takes a step: submit, approve, sign; If-Match says which version was seen", HTTP_RECORDS, 0,
     PATH(KIND, NUMBER, P("transition", HTTP_ID, "one of the record's `moves`")),
     .body = HTTP_JSON_BODY, .body_limit = MEDIUM, .body_type = "Move",
     ANSWERS(JSON("{any}", "As it is now"), GONE_FROM_VIEW), .handler = http_move_record},
    {"GET", V1 "/records/{entity}/{id}/history", "getRecordHistory", "Records",
     "What happened to a record, newest first", HTTP_RECORDS, 0, PATH(KIND, NUMBER),
     ANSWERS(JSON("History", "Its events")), .handler = http_record_history},
    {"GET", V1 "/records/{entity}/{id}/explain", "explainRecord", "Records",
     "Why someone may or may not do something with a record", HTTP_RECORDS, 0, PATH(KIND, NUMBER),
     PARAMS(
         PX("action", HTTP_CHOICE, "what is to be done", .fallback = "see",
            .choices = "'see'|'add'|'change'|'remove'|'decide'|'export'|'arrange'"),
         PX("person", HTTP_INT, "by whom; yourself when it is not given", .min = 1, .max = 9e15)),
     ANSWERS(JSON("Explanation", "The rule's own words")), .handler = http_explain_record},
    {"GET", V1 "/people/{id}/held", "getHeldOnPerson", "Records",
     "All that is held on a person, for them and for who looks after people", HTTP_RECORDS, 0,
     PATH(NUMBER), ANSWERS(JSON("HeldOnPerson", "All of it")), .handler = http_held_on_person},

    /* ---- approvals ---- */
    {"GET", V1 "/inbox", "getInbox", "Approvals", "What waits for you: to decide, to take note of",
     HTTP_RECORDS, 0, ANSWERS(JSON("Inbox", "What waits")), .handler = http_inbox},
    {"GET", V1 "/signers", "findSigners", "Approvals",
     "Who could sign something on a day, up to how much, and by which order", HTTP_RECORDS, 0,
     PARAMS(PX("kind", HTTP_CHOICE, "what is to be signed", .fallback = "spend",
               .choices = "'document'|'contract'|'spend'"),
            P("category", HTTP_TEXT, "its category"), P("amount", HTTP_TEXT, "such as 1234.50"),
            PX("unit", HTTP_INT, "whose it is", .min = 0, .max = 9e15, .fallback = "0"),
            P("date", HTTP_TEXT, "such as 2026-11-24; today")),
     ANSWERS(JSON("Signers", "The route and the people")), .handler = http_signers},
    {"GET", V1 "/approvals/{id}/verify", "verifyApproval", "Approvals",
     "Whether the signatures of its decisions hold", HTTP_RECORDS, 0, PATH(NUMBER),
     ANSWERS(JSON("SignatureList", "Decision by decision")), .handler = http_verify_approval},

    /* ---- the log ---- */
    {"GET", V1 "/events", "listEvents", "Log", "The event log, newest first", "log", KU_SEE,
     PARAMS(P("entity", HTTP_ID, "only of this kind of record"),
            PX("record", HTTP_INT, "only of the record with this number", .min = 1, .max = 9e15),
            PX("person", HTTP_INT, "only by this person, or in their stead", .min = 1, .max = 9e15),
            P("action", HTTP_ID, "only these: add, change, denied, ..."), LIMIT,
            PX("cursor", HTTP_INT, "`next` of the page before", .min = 1, .max = 9e15)),
     ANSWERS(JSON("EventPage", "A page")), .handler = http_list_events},
    {"GET", V1 "/events/heads", "listHeads", "Log",
     "The signed last event of every finished day, to be kept elsewhere", "log", KU_EXPORT,
     ANSWERS(JSON("HeadList", "The heads")), .handler = http_list_heads},

    /* ---- documents ---- */
    {"POST", V1 "/records/document/{id}/versions", "addVersion", "Documents",
     "Takes the next file of a document; what was approved or taken note of begins anew",
     HTTP_RECORDS, 0, PATH(NUMBER),
     PARAMS(
         PX("name", HTTP_TEXT, "the file's name, without a folder", .max = 800, .fallback = "file"),
         PX("remark", HTTP_TEXT, "what has changed", .max = 200)),
     .body = HTTP_BYTES_BODY, .body_limit = KU_VERSION_BYTES, .sink = &http_document_sink,
     ANSWERS({201, "application/json", "{any}", "The version"}), .handler = http_add_version},
    {"GET", V1 "/records/document/{id}/versions/{n}/content", "getVersionContent", "Documents",
     "The file of a version, to be saved; reading a secret one is logged", HTTP_RECORDS, 0,
     PATH(NUMBER, PX("n", HTTP_INT, "the version; 0: the newest", .min = 0, .max = 1e9)),
     ANSWERS({200, "application/octet-stream", NULL, "The bytes"}),
     .handler = http_version_content},
    {"GET", V1 "/records/document/{id}/readings", "listReadings", "Documents",
     "Who has read a secret document, newest first", HTTP_RECORDS, 0, PATH(NUMBER),
     ANSWERS(JSON("ReadingList", "The readings")), .handler = http_document_readings},
    {"GET", V1 "/records/document/{id}/card.pdf", "getDocumentCard", "Documents",
     "The document's card, to be printed: its entry, files, acknowledgements and course",
     HTTP_RECORDS, 0, PATH(NUMBER), ANSWERS({200, "application/pdf", NULL, "The card"}),
     .handler = http_document_card},
    {"GET", V1 "/reminders/mine", "listMyReminders", "Documents",
     "What you have been reminded of and not yet done, the most urgent first", HTTP_RECORDS, 0,
     ANSWERS(JSON("ReminderList", "The reminders")), .handler = http_my_reminders},
    {"GET", V1 "/acks/mine", "listMyAcks", "Documents", "What you are to take note of",
     HTTP_RECORDS, 0, PARAMS(LIMIT, CURSOR),
     ANSWERS(JSON("RecordPage", "A page of acknowledgements")), .handler = http_my_acks},
    {.method = NULL},
};
