/* office_support.h - a workspace with a small company in it, for tests of the office. The
 * fixture owns the workspace and its folder; office_make and office_clear are a pair.
 *
 * Units: Company (1) > Marketing (2) > Design (3); Company > Sales (4).
 * People and positions, each assigned since 2020, with the role of the same line:
 *   1 Ana    director      of the company, up to secret
 *   2 Budi   head          of Marketing (Design below it), up to internal
 *   3 Citra  specialist    in Design
 *   4 Dewi   head          of Sales
 *   5 Eko    administrator of the company, up to internal
 *   6 Fitri  hr            of the company, up to personal
 *   7 Gita   auditor       of the company, up to internal
 *   8 Hadi   no role: only staff
 * Each has a user and a session with the person's number, confirmed just now. */
#ifndef KU_TESTS_OFFICE_OFFICE_SUPPORT_H
#define KU_TESTS_OFFICE_OFFICE_SUPPORT_H

#include <inttypes.h>

#include "base/date.h"
#include "check.h"
#include "office/store.h"
#include "workspace/place.h"
#include "workspace/sql.h"

typedef struct office_fixture {
    char place[PLACE];
    ku_workspace *workspace;
} office_fixture;

enum { ANA = 1, BUDI, CITRA, DEWI, EKO, FITRI, GITA, HADI };
enum { COMPANY = 1, MARKETING, DESIGN, SALES };

/* Runs statements that give no rows, on the writing connection. */
static inline void office_sql(ku_workspace *workspace, const char *sql)
{
    sqlite3 *db;
    ku_error err = {0};
    char *message = NULL;
    check_ok(ku_workspace_office(workspace, &db, &err), &err);
    int failed = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (failed != SQLITE_OK) print_error("%s\n", message);
    assert_int_equal(failed, SQLITE_OK);
    ku_workspace_office_done(workspace, db);
}

static inline void office_people(ku_workspace *workspace)
{
    static const struct {
        const char *name, *title, *role, *highest;
        int unit;
    } people[] = {
        {"Ana Putri", "Marketing director", "director", "secret", COMPANY},
        {"Budi Santoso", "Head of Marketing", "head", "internal", MARKETING},
        {"Citra Lestari", "Designer", "specialist", "internal", DESIGN},
        {"Dewi Anggraini", "Head of Sales", "head", "internal", SALES},
        {"Eko Prasetyo", "Administrator", "administrator", "internal", COMPANY},
        {"Fitri Handayani", "Personnel officer", "hr", "personal", COMPANY},
        {"Gita Wulandari", "Auditor", "auditor", "internal", COMPANY},
        {"Hadi Nugroho", "Driver", NULL, NULL, COMPANY},
    };
    int64_t now = ku_now_micros(), later = now + INT64_C(3600000000);
    char sql[2048];
    for (int i = 1; i <= HADI; i++) {
        const char *role = people[i - 1].role;
        snprintf(sql, sizeof sql,
                 "INSERT INTO person (id, version, state, created, changed, name)"
                 " VALUES (%d, 1, 'active', 0, 0, '%s');"
                 "INSERT INTO position (id, version, state, created, changed, title, unit)"
                 " VALUES (%d, 1, '', 0, 0, '%s', %d);"
                 "INSERT INTO assignment (id, version, state, created, changed, person, position,"
                 " starts) VALUES (%d, 1, '', 0, 0, %d, %d, '2020-01-01');"
                 "INSERT INTO app_user (id, version, state, created, changed, name, person)"
                 " VALUES (%d, 1, 'active', 0, 0, 'user%d', %d);"
                 "INSERT INTO user_session (id, user, token, created, rotated, seen, expires,"
                 " confirmed) VALUES (%d, %d, x'%02d', 0, 0, %" PRId64 ", %" PRId64 ", %" PRId64
                 ");",
                 i, people[i - 1].name, i, people[i - 1].title, people[i - 1].unit, i, i, i, i, i,
                 i, i, i, i, now, later, now);
        office_sql(workspace, sql);
        if (role == NULL) continue;
        snprintf(sql, sizeof sql,
                 "INSERT INTO role_grant (id, version, state, created, changed, role, position,"
                 " unit, highest) VALUES (%d, 1, '', 0, 0, '%s', %d, %d, '%s')",
                 i, role, i, people[i - 1].unit, people[i - 1].highest);
        office_sql(workspace, sql);
    }
}

static inline void office_make(office_fixture *f)
{
    char path[2 * PLACE];
    ku_error err = {0};
    place_make(f->place);
    check_ok(ku_workspace_init(place_path(f->place, "w", path), NULL, &err), &err);
    check_ok(ku_workspace_open(path, &f->workspace, &err), &err);
    office_sql(f->workspace,
               "INSERT INTO org_unit (id, version, state, created, changed, name, code, kind,"
               " parent) VALUES (1, 1, '', 0, 0, 'Company', 'C', 'company', NULL),"
               " (2, 1, '', 0, 0, 'Marketing', 'M', 'department', 1),"
               " (3, 1, '', 0, 0, 'Design', 'D', 'bureau', 2),"
               " (4, 1, '', 0, 0, 'Sales', 'S', 'department', 1)");
    office_people(f->workspace);
}

static inline void office_clear(office_fixture *f)
{
    ku_workspace_close(f->workspace);
    place_remove(f->place);
}

static inline ku_who office_who(int person)
{
    return (ku_who){.kind = KU_WHO_USER, .session = person, .via = "test"};
}

/* A transaction by that person; ended with ku_office_end. */
static inline ku_office *office_as(office_fixture *f, int person, bool write)
{
    ku_office *office = NULL;
    ku_error err = {0};
    ku_who who = office_who(person);
    check_ok(ku_office_begin(f->workspace, &who, write, &office, &err), &err);
    return office;
}

#endif
