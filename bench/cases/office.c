/* office.c - the office at the size of a large company: 5,000 people, 200,000 documents, a
 * million events. How long a page of a list takes, also against its bare SQL; whether 64 at
 * once get in each other's way; what a change costs against a plain sqlite3 writer; and a
 * thousand kills in the middle of writing. */
#include <inttypes.h>
#include <stdatomic.h>

#include "../../tests/office/killed.h"
#include "base/date.h"

enum { PEOPLE = 5000, DOCUMENTS = 200000, EVENTS = 1000000, REPEATS = 200, CLIENTS = 64 };

static const ku_who program = {.kind = KU_WHO_PROGRAM, .via = "bench", .name = "bench"};

static void stop(const char *what, const ku_error *err)
{
    fprintf(stderr, "%s: %s: %s\n", what, err->where, err->message);
    exit(1);
}

static void sql(ku_workspace *workspace, const char *text)
{
    sqlite3 *db;
    char *message = NULL;
    ku_error err = {0};
    if (ku_workspace_office(workspace, &db, &err) != KU_OK) stop("office", &err);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "%s\n", message);
        exit(1);
    }
    ku_workspace_office_done(workspace, db);
}

/* ---- the company ---------------------------------------------------------------------------------- */

static const char company_sql[] =
    "BEGIN;"
    "INSERT INTO org_unit (id, version, state, created, changed, name, code, kind, parent)"
    " VALUES (1, 1, 'active', 0, 0, 'Company', 'C', 'company', NULL);"
    "WITH n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
    " INSERT INTO org_unit SELECT i, 1, 'active', 0, 0, 'Unit ' || i, 'U' || i, 'department',"
    " max(1, i / 5), NULL FROM n;"
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    " INSERT INTO person (id, version, state, created, changed, name)"
    " SELECT i, 1, 'active', 0, 0, 'Person ' || (i * 7919 % 5000) || ' of ' || i FROM n;"
    "INSERT INTO person_search (rowid, text) SELECT id, name FROM person;"
    "INSERT INTO position (id, version, state, created, changed, title, unit)"
    " SELECT id, 1, 'active', 0, 0, 'Position ' || id, 1 + id % 60 FROM person;"
    "INSERT INTO assignment (id, version, state, created, changed, person, position, starts)"
    " SELECT id, 1, '', 0, 0, id, id, '2020-01-01' FROM person;"
    "INSERT INTO app_user (id, version, state, created, changed, name, person)"
    " SELECT id, 1, 'active', 0, 0, 'user' || id, id FROM person WHERE id <= 4;"
    "INSERT INTO user_session (id, user, token, created, rotated, seen, expires, confirmed)"
    " SELECT id, id, randomblob(32), 0, 0, 9e17, 9e17, 9e17 FROM app_user;"
    "INSERT INTO role_grant (id, version, state, created, changed, role, person, unit, highest)"
    " VALUES (1, 1, '', 0, 0, 'director', 1, NULL, 'secret'),"
    " (2, 1, '', 0, 0, 'head', 2, 3, 'internal'), (3, 1, '', 0, 0, 'specialist', 3, 4, 'internal');"
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
    " INSERT INTO document (id, version, state, created, changed, number, title, kind, direction,"
    " owner, unit, secrecy, date, hold)"
    " SELECT i, 1, CASE i % 4 WHEN 0 THEN 'draft' WHEN 1 THEN 'in_force' WHEN 2 THEN 'review'"
    " ELSE 'archived' END, i, i, 'N-' || i, 'Report ' || (i * 31 % 977) || ' on market '"
    " || (i * 17 % 4999), 'other', 'internal', 1 + i % 5000, 1 + i % 60,"
    " CASE WHEN i % 50 = 0 THEN 'secret' ELSE 'internal' END,"
    " date('2020-01-01', '+' || (i % 2400) || ' days'), 0 FROM n;"
    "INSERT INTO document_search (rowid, text) SELECT id, title FROM document"
    " WHERE secrecy <> 'secret';"
    "COMMIT;";

static void add_events(ku_workspace *workspace)
{
    ku_error err = {0};
    for (int done = 0; done < EVENTS;) {
        ku_office *office;
        if (ku_office_begin(workspace, &program, true, &office, &err) != KU_OK) stop("begin", &err);
        for (int i = 0; i < 50000; i++, done++) {
            const ku_event event = {
                .action = "change", .entity = "document", .record = 1 + done % DOCUMENTS};
            if (ku_event_add(workspace, office->db, office->actor, &event, NULL, &err) != KU_OK)
                stop("event", &err);
        }
        if (ku_office_commit(office, &err) != KU_OK) stop("commit", &err);
        ku_office_end(office);
    }
}

/* ---- pages of lists ---------------------------------------------------------------------------------- */

typedef struct page_case {
    const char *name, *entity;
    int64_t session; /* 1 director, 2 head, 3 specialist, 4 staff */
    ku_query query;
    const char *bare; /* the bare SQL of the same page */
} page_case;

static const ku_filter in_review = {.field = "state", .how = KU_IS, .value = "review"};
static const ku_filter of_date = {.field = "date", .how = KU_FROM, .value = "2026-01-01"};

static const page_case pages[] = {
    {"people by name",
     "person",
     1,
     {.sort = "name"},
     "SELECT * FROM person ORDER BY name COLLATE NOCASE LIMIT 51"},
    {"people by a word",
     "person",
     4,
     {.words = "person 77"},
     "SELECT p.* FROM person_search s JOIN person p ON p.id = s.rowid WHERE person_search MATCH"
     " '\"person\"* \"77\"*' ORDER BY s.rowid DESC LIMIT 51"},
    {"documents, newest",
     "document",
     1,
     {.sort = "-id"},
     "SELECT * FROM document WHERE secrecy <> 'secret' ORDER BY id DESC LIMIT 51"},
    {"documents of a unit",
     "document",
     2,
     {.sort = "-id"},
     "SELECT * FROM document WHERE unit IN (3, 15, 16, 17, 18, 19) AND secrecy <> 'secret'"
     " ORDER BY id DESC LIMIT 51"},
    {"one's own documents",
     "document",
     4,
     {.sort = "-id"},
     "SELECT * FROM document WHERE owner = 4 AND secrecy <> 'secret' ORDER BY id DESC LIMIT 51"},
    {"documents in review",
     "document",
     1,
     {.filters = &in_review, .filter_count = 1},
     "SELECT * FROM document WHERE state = 'review' AND secrecy <> 'secret' ORDER BY id DESC"
     " LIMIT 51"},
    {"documents by date",
     "document",
     1,
     {.filters = &of_date, .filter_count = 1, .sort = "date"},
     "SELECT * FROM document WHERE date >= '2026-01-01' AND secrecy <> 'secret' ORDER BY date, id"
     " LIMIT 51"},
    {"documents by a word",
     "document",
     1,
     {.words = "market 1234"},
     "SELECT d.* FROM document_search s JOIN document d ON d.id = s.rowid WHERE document_search"
     " MATCH '\"market\"* \"1234\"*' ORDER BY s.rowid DESC LIMIT 51"},
    {"documents by a common word",
     "document",
     3,
     {.words = "report"},
     "SELECT d.* FROM document_search s JOIN document d ON d.id = s.rowid WHERE document_search"
     " MATCH '\"report\"*' ORDER BY s.rowid DESC LIMIT 51"},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double one_page(ku_workspace *workspace, const page_case *c)
{
    const ku_who who = {.kind = KU_WHO_USER, .session = c->session, .via = "bench"};
    ku_office *office;
    ku_page page;
    ku_error err = {0};
    double began = ku_clock_seconds();
    if (ku_office_begin(workspace, &who, false, &office, &err) != KU_OK) stop("begin", &err);
    if (ku_records_list(office, ku_entity_find(c->entity), &c->query, &page, &err) != KU_OK)
        stop(c->name, &err);
    ku_office_end(office);
    return 1000 * (ku_clock_seconds() - began);
}

static double one_bare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement;
    double began = ku_clock_seconds();
    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK) exit(1);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(statement); i++) sqlite3_column_text(statement, i);
    sqlite3_finalize(statement);
    return 1000 * (ku_clock_seconds() - began);
}

static void measure_pages(ku_workspace *workspace)
{
    double took[REPEATS], bare[REPEATS];
    double worst_ratio = 0;
    const char *worst = "";
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        sqlite3 *db;
        for (int r = 0; r < REPEATS; r++) took[r] = one_page(workspace, &pages[i]);
        if (ku_workspace_reader(workspace, &db, NULL) != KU_OK) exit(1);
        for (int r = 0; r < REPEATS; r++) bare[r] = one_bare(db, pages[i].bare);
        ku_workspace_reader_done(workspace, db);
        qsort(took, REPEATS, sizeof *took, compare);
        qsort(bare, REPEATS, sizeof *bare, compare);
        printf("Page: %s\t%.2f\tms\t<= 20\tmedian of %d; p99 %.2f ms, bare SQL %.2f ms\n",
               pages[i].name, took[REPEATS / 2], REPEATS, took[REPEATS * 99 / 100],
               bare[REPEATS / 2]);
        double ratio = took[REPEATS * 99 / 100] / bare[REPEATS / 2];
        if (ratio > worst_ratio) worst = pages[i].name;
        if (ratio > worst_ratio) worst_ratio = ratio;
    }
    printf("p99 of a page, times its bare SQL\t%.1f\tx\t<= 10\tthe worst: %s\n", worst_ratio,
           worst);
}

/* ---- many at once --------------------------------------------------------------------------------------- */

typedef struct client {
    ku_workspace *workspace;
    atomic_bool *over;
    atomic_long *reads, *writes, *busy;
    int number;
} client;

static void *be_client(void *data)
{
    const client *c = data;
    for (int i = 0; !atomic_load(c->over); i++) {
        ku_office *office;
        ku_page page;
        int64_t id;
        ku_error err = {0};
        bool write = i % 4 == 3;
        const ku_who who = {.kind = KU_WHO_USER, .session = 1, .via = "bench"};
        ku_status status = ku_office_begin(c->workspace, write ? &program : &who, write, &office,
                                           &err);
        if (status == KU_OK && write) {
            char code[32];
            snprintf(code, sizeof code, "c%d-%d", c->number, i);
            json_t *values = json_pack("{s:s, s:s}", "name", "Unit", "code", code);
            status = ku_workflow_add(office, ku_entity_find("org_unit"), "add", values, &id, &err);
            if (status == KU_OK) status = ku_office_commit(office, &err);
            json_decref(values);
        } else if (status == KU_OK)
            status = ku_records_list(office, ku_entity_find("document"), &pages[2].query, &page,
                                     &err);
        if (status == KU_OK || status == KU_BUSY) ku_office_end(status == KU_OK ? office : NULL);
        atomic_fetch_add(status == KU_OK ? write ? c->writes : c->reads : c->busy, 1);
    }
    return NULL;
}

static void measure_clients(ku_workspace *workspace)
{
    pthread_t threads[CLIENTS];
    client clients[CLIENTS];
    atomic_bool over = false;
    atomic_long reads = 0, writes = 0, busy = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (client){workspace, &over, &reads, &writes, &busy, i};
        pthread_create(&threads[i], NULL, be_client, &clients[i]);
    }
    sleep(5);
    atomic_store(&over, true);
    for (int i = 0; i < CLIENTS; i++) pthread_join(threads[i], NULL);
    printf("%d at once: refused as locked\t%ld\ttimes\t<= 0\t%ld pages and %ld changes in 5 s\n",
           CLIENTS, atomic_load(&busy), atomic_load(&reads), atomic_load(&writes));
}

/* ---- what a change costs --------------------------------------------------------------------------------- */

enum { CHANGES = 2000 };

static double changes_by_store(ku_workspace *workspace)
{
    double began = ku_clock_seconds();
    ku_error err = {0};
    for (int i = 0; i < CHANGES; i++) {
        ku_office *office;
        int64_t id;
        char code[32];
        snprintf(code, sizeof code, "t%d", i);
        if (ku_office_begin(workspace, &program, true, &office, &err) != KU_OK) stop("begin", &err);
        json_t *values = json_pack("{s:s, s:s}", "name", "Unit", "code", code);
        if (ku_workflow_add(office, ku_entity_find("org_unit"), "add", values, &id, &err) != KU_OK)
            stop("add", &err);
        json_decref(values);
        if (ku_office_commit(office, &err) != KU_OK) stop("commit", &err);
        ku_office_end(office);
    }
    return CHANGES / (ku_clock_seconds() - began);
}

/* The same rows, a transaction each, as durable (WAL, synchronous FULL), without a log. */
static double changes_plain(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    if (sqlite3_open(path, &db) != SQLITE_OK) exit(1);
    sqlite3_exec(db,
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE org_unit"
                 " (id INTEGER PRIMARY KEY, version INTEGER, state TEXT, created INTEGER, changed"
                 " INTEGER, name TEXT, code TEXT UNIQUE, kind TEXT, parent INTEGER, purpose TEXT)",
                 NULL, NULL, NULL);
    sqlite3_prepare_v2(db,
                       "INSERT INTO org_unit (version, state, created, changed, name, code, kind)"
                       " VALUES (1, 'active', 0, 0, 'Unit', ?1, 'department')",
                       -1, &statement, NULL);
    double began = ku_clock_seconds();
    for (int i = 0; i < CHANGES; i++) {
        char code[32];
        snprintf(code, sizeof code, "t%d", i);
        sqlite3_bind_text(statement, 1, code, -1, SQLITE_TRANSIENT);
        if (sqlite3_step(statement) != SQLITE_DONE) exit(1);
        sqlite3_reset(statement);
    }
    double rate = CHANGES / (ku_clock_seconds() - began);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return rate;
}

static void measure_changes(ku_workspace *workspace, const char *scratch)
{
    char path[600];
    snprintf(path, sizeof path, "%s/plain.db", scratch);
    double ours = changes_by_store(workspace), plain = changes_plain(path);
    printf("Changes with the log, share of a plain writer's\t%.2f\tx\t>= 0.5\t%.0f and %.0f a"
           " second\n",
           ours / plain, ours, plain);
}

/* ---- killed ------------------------------------------------------------------------------------------------- */

static void measure_kills(const char *scratch)
{
    char path[600];
    const char *asked = getenv("KEMUDI_BENCH_KILLS");
    int rounds = asked != NULL ? (int)strtol(asked, NULL, 10) : 1000;
    int64_t changes = 0;
    ku_error err = {0};
    snprintf(path, sizeof path, "%s/killed", scratch);
    if (ku_workspace_init(path, NULL, &err) != KU_OK) stop("killed", &err);
    const char *fault = killed_rounds(path, rounds, 2026, &changes);
    printf("Killed %d times while writing: faults\t%d\tfaults\t<= 0\t%s; %" PRId64
           " acknowledged changes\n",
           rounds, fault != NULL, fault != NULL ? fault : "nothing lost, the chain holds", changes);
}

int main(void)
{
    const char *scratch = getenv("KEMUDI_SCRATCH");
    char path[600];
    ku_workspace *workspace;
    ku_error err = {0};
    if (scratch == NULL) return 2;
    measure_kills(scratch);
    snprintf(path, sizeof path, "%s/office", scratch);
    if (ku_workspace_init(path, NULL, &err) != KU_OK) stop("init", &err);
    if (ku_workspace_open(path, &workspace, &err) != KU_OK) stop("open", &err);
    sql(workspace, company_sql);
    double began = ku_clock_seconds();
    add_events(workspace);
    double written = ku_clock_seconds() - began;
    began = ku_clock_seconds();
    if (ku_events_verify(workspace, NULL, NULL, &err) != KU_OK) stop("verify", &err);
    printf("A million events: verified in\t%.1f\ts\t\twritten in %.1f s\n",
           ku_clock_seconds() - began, written);
    measure_pages(workspace);
    measure_changes(workspace, scratch);
    measure_clients(workspace);
    ku_workspace_close(workspace);
    return 0;
}
