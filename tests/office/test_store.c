/* The store with a kind of its own: what goes in comes out, the steps are guarded, and every
 * way in asks the same rule. */
#include "access/event.h"
#include "office_support.h"

/* ---- a kind of record for the test ------------------------------------------------------------- */

static const ku_choice moods[] = {{"calm", "Calm"}, {"stormy", "Stormy"}, {.value = NULL}};
static const ku_choice classes[] = {{"open", "Open"},
                                    {"internal", "Internal"},
                                    {"personal", "Personal"},
                                    {"secret", "Secret"},
                                    {.value = NULL}};
static const ku_field_spec fields[] = {
    {.name = "title",
     .type = KU_FIELD_TEXT,
     .label = "Title",
     .required = true,
     .searched = true,
     .listed = true,
     .max = 40},
    {.name = "text", .type = KU_FIELD_LONG, .label = "Text", .searched = true},
    {.name = "owner", .type = KU_FIELD_REF, .label = "Owner", .target = "person", .fallback = "me"},
    {.name = "unit", .type = KU_FIELD_REF, .label = "Unit", .target = "org_unit"},
    {.name = "class",
     .type = KU_FIELD_CHOICE,
     .label = "Class",
     .choices = classes,
     .required = true,
     .fallback = "internal"},
    {.name = "mood", .type = KU_FIELD_CHOICE, .label = "Mood", .choices = moods},
    {.name = "due", .type = KU_FIELD_DATE, .label = "Due", .fallback = "today"},
    {.name = "seen", .type = KU_FIELD_TIME, .label = "Seen"},
    {.name = "amount", .type = KU_FIELD_MONEY, .label = "Amount"},
    {.name = "count", .type = KU_FIELD_INT, .label = "Count", .min = 1, .max = 10},
    {.name = "share", .type = KU_FIELD_REAL, .label = "Share"},
    {.name = "urgent", .type = KU_FIELD_BOOL, .label = "Urgent"},
    {.name = "code", .type = KU_FIELD_TEXT, .label = "Code", .fixed = true, .unique = true},
    {.name = "size", .type = KU_FIELD_INT, .label = "Size", .derived = true},
    {.name = "phone",
     .type = KU_FIELD_TEXT,
     .label = "Phone",
     .secrecy = KU_CLASS_PERSONAL,
     .sealed = true},
    {.name = NULL},
};

static ku_status measure(ku_change *change, ku_error *err)
{
    const char *text = json_string_value(json_object_get(change->values, "text"));
    if (text != NULL && strcmp(text, "forbidden") == 0)
        return ku_error_set(err, KU_BAD_DATA, "text", "this text is not wanted");
    json_object_set_new(change->values, "size",
                        json_integer(text != NULL ? (json_int_t)strlen(text) : 0));
    return KU_OK;
}

static ku_status only_calm(ku_change *change, ku_error *err)
{
    const char *mood = json_string_value(json_object_get(change->before, "mood"));
    if (mood != NULL && strcmp(mood, "calm") == 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "mood", "it must be calm first");
}

static const ku_state states[] = {
    {"draft", "Draft", false}, {"agreed", "Agreed", false}, {"gone", "Gone", true}, {.name = NULL}};
static const ku_field_spec asked[] = {
    {.name = "remark", .type = KU_FIELD_TEXT, .label = "Remark", .required = true}, {.name = NULL}};
static const ku_transition transitions[] = {
    {.name = "agree",
     .label = "Agree",
     .from = "draft",
     .to = "agreed",
     .action = KU_DECIDE,
     .not_owner = true,
     .guard = only_calm},
    {.name = "drop",
     .label = "Drop",
     .from = "draft agreed",
     .to = "gone",
     .action = KU_CHANGE,
     .reason = true,
     .asks = asked},
    {.name = "sign", .label = "Sign", .from = "*", .action = KU_DECIDE, .sign = true},
    {.name = NULL},
};
static const ku_right rights[] = {
    {"staff", KU_SEE | KU_ADD | KU_CHANGE, KU_REACH_OWN, KU_CLASS_PERSONAL},
    {"director", KU_ALL_ACTIONS, KU_REACH_ALL, KU_CLASS_SECRET},
    {"head", KU_SEE | KU_ADD | KU_CHANGE | KU_DECIDE | KU_REMOVE, KU_REACH_UNIT, KU_CLASS_INTERNAL},
    {"hr", KU_SEE | KU_CHANGE, KU_REACH_ALL, KU_CLASS_PERSONAL},
    {"auditor", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};
static const ku_entity note = {
    .name = "note",
    .title = "Note",
    .plural = "Notes",
    .area = "Test",
    .meaning = "A note.",
    .fields = fields,
    .label = "title",
    .owner = "owner",
    .unit = "unit",
    .subject = "owner",
    .secrecy = "class",
    .states = states,
    .initial = "draft",
    .transitions = transitions,
    .rights = rights,
    .check = measure,
};

static void make_note_table(ku_workspace *workspace)
{
    office_sql(workspace,
               "CREATE TABLE note (id INTEGER PRIMARY KEY, version INTEGER NOT NULL,"
               " state TEXT NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,"
               " title TEXT NOT NULL, text TEXT, owner INTEGER REFERENCES person (id),"
               " unit INTEGER REFERENCES org_unit (id), class TEXT NOT NULL, mood TEXT, due TEXT,"
               " seen INTEGER, amount INTEGER, count INTEGER, share REAL, urgent INTEGER,"
               " code TEXT UNIQUE, size INTEGER, phone BLOB) STRICT;"
               "CREATE VIRTUAL TABLE note_search USING fts5 (text, body)");
}

/* ---- help --------------------------------------------------------------------------------------- */

static int make(void **state)
{
    office_fixture *f = calloc(1, sizeof *f);
    office_make(f);
    make_note_table(f->workspace);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    office_clear(*state);
    free(*state);
    return 0;
}

static ku_status try_add(office_fixture *f, int person, const char *json, int64_t *id,
                         ku_error *err)
{
    ku_office *office = office_as(f, person, true);
    json_t *values = json_loads(json, 0, NULL);
    assert_non_null(values);
    ku_status status = ku_record_add(office, &note, values, NULL, id, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    json_decref(values);
    ku_office_end(office);
    return status;
}

static int64_t add(office_fixture *f, int person, const char *json)
{
    int64_t id = 0;
    ku_error err = {0};
    check_ok(try_add(f, person, json, &id, &err), &err);
    return id;
}

static ku_status try_change(office_fixture *f, int person, int64_t id, int64_t version,
                            const char *json, ku_error *err)
{
    ku_office *office = office_as(f, person, true);
    json_t *values = json_loads(json, 0, NULL);
    ku_status status = ku_record_change(office, &note, id, version, values, NULL, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    json_decref(values);
    ku_office_end(office);
    return status;
}

static ku_status try_move(office_fixture *f, int person, int64_t id, int64_t version,
                          const char *transition, const char *asked_json, const char *reason,
                          ku_error *err)
{
    ku_office *office = office_as(f, person, true);
    json_t *values = asked_json != NULL ? json_loads(asked_json, 0, NULL) : NULL;
    ku_status status = ku_record_move(office, &note, id, version, transition, values, reason, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    json_decref(values);
    ku_office_end(office);
    return status;
}

static ku_status see(office_fixture *f, int person, int64_t id, json_t **copy, ku_error *err)
{
    json_t *record = NULL;
    ku_office *office = office_as(f, person, true);
    ku_status status = ku_record_get(office, &note, id, &record, err);
    if (copy != NULL) *copy = status == KU_OK ? json_deep_copy(record) : NULL;
    ku_office_end(office);
    return status;
}

/* The titles of a list, joined, page by page. */
static char *titles(office_fixture *f, int person, const ku_query *asked_query, char to[512])
{
    ku_query query = *asked_query;
    ku_office *office = office_as(f, person, false);
    *to = '\0';
    for (;;) {
        ku_page page;
        ku_error err = {0};
        check_ok(ku_records_list(office, &note, &query, &page, &err), &err);
        for (size_t i = 0; i < json_array_size(page.items); i++) {
            size_t at = strlen(to);
            snprintf(to + at, 512 - at, "%s%s", at > 0 ? " " : "",
                     json_string_value(json_object_get(json_array_get(page.items, i), "title")));
        }
        if (page.next == NULL) break;
        query.cursor = page.next;
    }
    ku_office_end(office);
    return to;
}

/* ---- values ----------------------------------------------------------------------------------------- */

static void values_come_back_as_they_went_in(void **state)
{
    json_t *found;
    ku_error err = {0};
    int64_t id = add(*state, BUDI,
                     "{\"title\":\" Plan \",\"text\":\"two\\nlines\",\"unit\":2,\"mood\":\"Calm\","
                     "\"due\":\"2026-12-01\",\"seen\":\"2026-11-24T09:00:00Z\","
                     "\"amount\":\"1,234.50\",\"count\":\"7\",\"share\":0.25,\"urgent\":\"yes\","
                     "\"code\":\"P-1\",\"phone\":\"+62 21 1\"}");
    check_ok(see(*state, BUDI, id, &found, &err), &err);
    json_t *expected = json_loads(
        "{\"title\":\"Plan\",\"text\":\"two\\nlines\",\"unit\":2,\"owner\":2,\"mood\":\"calm\","
        "\"class\":\"internal\",\"due\":\"2026-12-01\",\"seen\":\"2026-11-24T09:00:00Z\","
        "\"amount\":\"1234.50\",\"count\":7,\"share\":0.25,\"urgent\":true,\"code\":\"P-1\","
        "\"size\":9,\"version\":1,\"state\":\"draft\"}",
        0, NULL);
    const char *name;
    json_t *value;
    json_object_foreach(expected, name, value)
    {
        if (!json_equal(value, json_object_get(found, name))) {
            char *text = json_dumps(json_object_get(found, name), JSON_ENCODE_ANY);
            print_error("%s: found %s\n", name, text != NULL ? text : "nothing");
            fail();
        }
    }
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(found, "labels"), "unit")), "Marketing");
    json_decref(expected);
    json_decref(found);
}

static void bad_values_are_refused_by_name(void **state)
{
    static const struct {
        const char *json, *where, *words;
    } cases[] = {
        {"{}", "title", "must be given"},
        {"{\"title\":\"\"}", "title", "must be given"},
        {"{\"title\":7}", "title", "expected a text, found a number"},
        {"{\"title\":\"a\\nb\"}", "title", "one line"},
        {"{\"title\":\"0123456789012345678901234567890123456789x\"}", "title", "at most 40"},
        {"{\"title\":\"a\",\"nothing\":1}", "nothing", "no field of this name"},
        {"{\"title\":\"a\",\"state\":\"agreed\"}", "state", "kept by Kemudi"},
        {"{\"title\":\"a\",\"size\":3}", "size", "not set by hand"},
        {"{\"title\":\"a\",\"mood\":\"merry\"}", "mood", "expected one of calm, stormy"},
        {"{\"title\":\"a\",\"due\":\"31.12.2026\"}", "due", "a date such as"},
        {"{\"title\":\"a\",\"seen\":\"noon\"}", "seen", "a time such as"},
        {"{\"title\":\"a\",\"amount\":\"1.234\"}", "amount", ""},
        {"{\"title\":\"a\",\"amount\":12.5}", "amount", "an amount as a text"},
        {"{\"title\":\"a\",\"count\":11}", "count", "expected 1 to 10"},
        {"{\"title\":\"a\",\"count\":1.5}", "count", "a whole number"},
        {"{\"title\":\"a\",\"urgent\":\"maybe\"}", "urgent", "yes or no"},
        {"{\"title\":\"a\",\"owner\":99}", "owner", "there is no such Person"},
        {"{\"title\":\"a\",\"owner\":\"Nobody\"}", "owner", "there is no Person \"Nobody\""},
        {"{\"title\":\"a\",\"text\":\"forbidden\"}", "text", "not wanted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t id;
        ku_error err = {0};
        check_fails(KU_BAD_DATA, cases[i].words, try_add(*state, ANA, cases[i].json, &id, &err),
                    &err);
        assert_string_equal(err.where, cases[i].where);
    }
}

static void a_person_is_found_by_name(void **state)
{
    json_t *found;
    ku_error err = {0};
    int64_t id = add(*state, ANA, "{\"title\":\"Named\",\"owner\":\"citra lestari\"}");
    check_ok(see(*state, ANA, id, &found, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(found, "owner")), CITRA);
    json_decref(found);
}

static void what_is_unique_stays_so(void **state)
{
    int64_t id;
    ku_error err = {0};
    add(*state, ANA, "{\"title\":\"One\",\"code\":\"U-1\"}");
    check_fails(KU_CONFLICT, "another Note has it already",
                try_add(*state, ANA, "{\"title\":\"Two\",\"code\":\"U-1\"}", &id, &err), &err);
}

/* ---- who may ------------------------------------------------------------------------------------------ */

static void units_and_owners_bound_what_one_sees(void **state)
{
    char list[512];
    ku_query query = {.sort = "title"};
    add(*state, ANA, "{\"title\":\"a-market\",\"unit\":2}");
    add(*state, ANA, "{\"title\":\"b-design\",\"unit\":3,\"owner\":3}");
    add(*state, ANA, "{\"title\":\"c-sales\",\"unit\":4}");
    add(*state, ANA, "{\"title\":\"d-secret\",\"unit\":2,\"class\":\"secret\"}");
    assert_string_equal(titles(*state, BUDI, &query, list), "a-market b-design");
    assert_string_equal(titles(*state, CITRA, &query, list), "b-design");
    assert_string_equal(titles(*state, DEWI, &query, list), "c-sales");
    assert_string_equal(titles(*state, GITA, &query, list), "a-market b-design c-sales");
    /* A director's secrets too are only for those on the list. */
    assert_string_equal(titles(*state, ANA, &query, list), "a-market b-design c-sales");
    office_sql(((office_fixture *)*state)->workspace,
               "INSERT INTO access_list (entity, record, person, since) VALUES ('note', 4, 1, 0)");
    assert_string_equal(titles(*state, ANA, &query, list), "a-market b-design c-sales d-secret");
}

static void what_may_not_be_seen_is_not_there(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, ANA, "{\"title\":\"mine\",\"unit\":4}");
    assert_int_equal(see(*state, BUDI, id, NULL, &err), KU_NOT_FOUND);
    assert_int_equal(try_change(*state, BUDI, id, 1, "{\"mood\":\"calm\"}", &err), KU_NOT_FOUND);
    assert_int_equal(see(*state, BUDI, 9999, NULL, &err), KU_NOT_FOUND);
}

static void personal_fields_are_hidden_and_sealed(void **state)
{
    json_t *found;
    ku_error err = {0};
    office_fixture *f = *state;
    int64_t id = add(f, CITRA, "{\"title\":\"call\",\"unit\":3,\"phone\":\"0811-secret\"}");
    check_ok(see(f, BUDI, id, &found, &err), &err);
    assert_null(json_object_get(found, "phone"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(found, "hidden"), 0)),
                        "phone");
    json_decref(found);
    check_ok(see(f, FITRI, id, &found, &err), &err);
    assert_string_equal(json_string_value(json_object_get(found, "phone")), "0811-secret");
    json_decref(found);
    /* Neither the row nor the log holds it in plain. */
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    check_ok(ku_workspace_office(f->workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err,
                            "SELECT (SELECT count(*) FROM event WHERE detail LIKE '%0811%'),"
                            " (SELECT instr(phone, CAST('0811' AS BLOB)) FROM note WHERE id = ?1)",
                            "i", id),
             &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    assert_int_equal(sqlite3_column_int(statement, 0), 0);
    assert_int_equal(sqlite3_column_int(statement, 1), 0);
    sqlite3_finalize(statement);
    ku_workspace_office_done(f->workspace, db);
}

static void nobody_puts_a_record_out_of_their_reach(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, BUDI, "{\"title\":\"here\",\"unit\":2,\"owner\":3}");
    ku_status status = try_change(*state, BUDI, id, 1, "{\"unit\":4}", &err);
    assert_true(status == KU_NOT_ALLOWED || status == KU_NOT_FOUND);
    status = try_change(*state, BUDI, id, 1, "{\"class\":\"secret\"}", &err);
    assert_true(status == KU_NOT_ALLOWED || status == KU_NOT_FOUND);
    check_ok(try_change(*state, BUDI, id, 1, "{\"unit\":3}", &err), &err);
}

static void a_right_taken_away_is_gone_at_once(void **state)
{
    office_fixture *f = *state;
    ku_error err = {0};
    ku_office *office = NULL;
    ku_who who = office_who(BUDI);
    add(f, BUDI, "{\"title\":\"before\",\"unit\":2}");
    int64_t now = ku_now_micros();
    char sql[128];
    snprintf(sql, sizeof sql, "UPDATE user_session SET revoked = %" PRId64 " WHERE user = 2", now);
    office_sql(f->workspace, sql);
    assert_int_equal(ku_office_begin(f->workspace, &who, true, &office, &err), KU_NOT_ALLOWED);
    office_sql(f->workspace, "UPDATE user_session SET revoked = NULL;"
                             "UPDATE role_grant SET ends = '2020-12-31' WHERE role = 'head'");
    int64_t id;
    assert_int_equal(try_add(f, BUDI, "{\"title\":\"after\",\"unit\":2,\"owner\":3}", &id, &err),
                     KU_NOT_ALLOWED);
}

/* ---- changes and steps ----------------------------------------------------------------------------------- */

static void a_stale_version_is_refused(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, ANA, "{\"title\":\"v1\"}");
    check_ok(try_change(*state, ANA, id, 1, "{\"title\":\"v2\"}", &err), &err);
    check_fails(KU_CONFLICT, "it is now version 2",
                try_change(*state, ANA, id, 1, "{\"title\":\"lost\"}", &err), &err);
    assert_string_equal(err.where, "If-Match");
}

static void what_is_fixed_stays(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, ANA, "{\"title\":\"f\",\"code\":\"F-1\"}");
    check_fails(KU_CONFLICT, "stays as it was first given",
                try_change(*state, ANA, id, 1, "{\"code\":\"F-2\"}", &err), &err);
    /* A form may send back what it was given. */
    check_ok(try_change(*state, ANA, id, 1, "{\"code\":\"F-1\",\"title\":\"g\"}", &err), &err);
}

static void steps_are_guarded(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, CITRA, "{\"title\":\"s\",\"unit\":3,\"mood\":\"stormy\"}");
    check_fails(KU_NOT_ALLOWED, "", try_move(*state, CITRA, id, 1, "agree", NULL, NULL, &err),
                &err);
    check_fails(KU_CONFLICT, "calm first", try_move(*state, BUDI, id, 1, "agree", NULL, NULL, &err),
                &err);
    check_ok(try_change(*state, BUDI, id, 1, "{\"mood\":\"calm\"}", &err), &err);
    check_ok(try_move(*state, BUDI, id, 2, "agree", NULL, NULL, &err), &err);
    check_fails(KU_CONFLICT, "is Agreed", try_move(*state, BUDI, id, 3, "agree", NULL, NULL, &err),
                &err);
    check_fails(KU_BAD_DATA, "needs a reason",
                try_move(*state, BUDI, id, 3, "drop", "{\"remark\":\"x\"}", NULL, &err), &err);
    check_fails(KU_BAD_DATA, "Remark must be given",
                try_move(*state, BUDI, id, 3, "drop", NULL, "old", &err), &err);
    check_fails(KU_NOT_FOUND, "no step", try_move(*state, BUDI, id, 3, "fly", NULL, NULL, &err),
                &err);
    check_ok(try_move(*state, BUDI, id, 3, "drop", "{\"remark\":\"x\"}", "old", &err), &err);
}

static void nobody_agrees_to_their_own(void **state)
{
    ku_error err = {0};
    int64_t id = add(*state, BUDI, "{\"title\":\"own\",\"unit\":2,\"mood\":\"calm\"}");
    check_fails(KU_NOT_ALLOWED, "their own",
                try_move(*state, BUDI, id, 1, "agree", NULL, NULL, &err), &err);
}

static void signing_takes_a_confirmed_session(void **state)
{
    office_fixture *f = *state;
    ku_error err = {0};
    int64_t id = add(f, ANA, "{\"title\":\"to sign\"}");
    office_sql(f->workspace, "UPDATE user_session SET confirmed = 0");
    check_fails(KU_NOT_ALLOWED, "confirm who you are",
                try_move(f, ANA, id, 1, "sign", NULL, NULL, &err), &err);
    assert_string_equal(err.where, "confirm");
}

static void moves_tell_what_can_be_done(void **state)
{
    json_t *found;
    ku_error err = {0};
    int64_t id = add(*state, CITRA, "{\"title\":\"m\",\"unit\":3,\"mood\":\"stormy\"}");
    check_ok(see(*state, BUDI, id, &found, &err), &err);
    json_t *moves = json_object_get(found, "moves");
    assert_int_equal(json_array_size(moves), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(moves, 0), "refused")),
                        "it must be calm first");
    json_decref(found);
    check_ok(see(*state, GITA, id, &found, &err), &err);
    assert_int_equal(json_array_size(json_object_get(found, "moves")), 0);
    json_decref(found);
}

static void a_removed_number_is_not_given_again(void **state)
{
    ku_error err = {0};
    int64_t first = add(*state, ANA, "{\"title\":\"r\"}");
    ku_office *office = office_as(*state, ANA, true);
    check_ok(ku_record_remove(office, &note, first, 1, "not needed", &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    assert_int_equal(see(*state, ANA, first, NULL, &err), KU_NOT_FOUND);
    assert_true(add(*state, ANA, "{\"title\":\"r2\"}") > first);
}

static void what_is_not_committed_leaves_nothing(void **state)
{
    int64_t id;
    char list[512];
    ku_error err = {0};
    ku_query query = {.sort = NULL};
    ku_office *office = office_as(*state, ANA, true);
    json_t *values = json_pack("{s:s}", "title", "never");
    check_ok(ku_record_add(office, &note, values, NULL, &id, &err), &err);
    json_decref(values);
    ku_office_end(office);
    assert_string_equal(titles(*state, ANA, &query, list), "");
}

/* ---- lists ------------------------------------------------------------------------------------------------ */

static void pages_meet_without_gap_or_overlap(void **state)
{
    static const char *const sorts[] = {"title", "-title", "amount", "-amount", "mood",
                                        "-mood", "-id",    "id",     "created", "-count"};
    char all[512], paged[512], json[128];
    for (int i = 0; i < 23; i++) {
        const char *amount = i % 5 == 0 ? "" : i % 2 == 0 ? "10.00" : "3.50";
        snprintf(json, sizeof json, "{\"title\":\"%c%d\",\"amount\":\"%s\",\"mood\":\"%s\"}",
                 i % 2 == 0 ? 'a' + i : 'A' + i, i, amount, i % 3 == 0 ? "" : "calm");
        add(*state, ANA, json);
    }
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        ku_query query = {.sort = sorts[i], .limit = 200};
        titles(*state, ANA, &query, all);
        for (query.limit = 1; query.limit < 9; query.limit += 3)
            assert_string_equal(titles(*state, ANA, &query, paged), all);
    }
}

static void filters_and_words_find(void **state)
{
    char list[512];
    add(*state, ANA, "{\"title\":\"Autumn fair\",\"due\":\"2026-10-01\",\"mood\":\"calm\"}");
    add(*state, ANA,
        "{\"title\":\"Spring launch\",\"due\":\"2027-03-01\",\"text\":\"At the fair\"}");
    add(*state, ANA, "{\"title\":\"Gone fair\",\"due\":\"2026-01-01\"}");
    ku_error err = {0};
    check_ok(try_move(*state, ANA, 3, 1, "drop", "{\"remark\":\"x\"}", "over", &err), &err);
    ku_query by_word = {.words = "fai"};
    assert_string_equal(titles(*state, ANA, &by_word, list), "Spring launch Autumn fair");
    ku_query with_closed = {.words = "fair", .closed = true};
    assert_string_equal(titles(*state, ANA, &with_closed, list),
                        "Gone fair Spring launch Autumn fair");
    ku_filter from = {.field = "due", .how = KU_FROM, .value = "2026-12-01"};
    ku_query later = {.filters = &from, .filter_count = 1};
    assert_string_equal(titles(*state, ANA, &later, list), "Spring launch");
    ku_filter empty = {.field = "mood", .how = KU_EMPTY};
    ku_query moodless = {.filters = &empty, .filter_count = 1};
    assert_string_equal(titles(*state, ANA, &moodless, list), "Spring launch");
    ku_filter gone = {.field = "state", .how = KU_IS, .value = "gone"};
    ku_query closed = {.filters = &gone, .filter_count = 1};
    assert_string_equal(titles(*state, ANA, &closed, list), "Gone fair");
    ku_filter holds = {.field = "title", .how = KU_CONTAINS, .value = "LAUNCH"};
    ku_query contains = {.filters = &holds, .filter_count = 1};
    assert_string_equal(titles(*state, ANA, &contains, list), "Spring launch");
}

static void hostile_queries_are_only_words(void **state)
{
    static const char *const words[] = {"\" OR 1=1 --", "fair* NOT", "a AND (", "NEAR(x y)",
                                        "title:x"};
    add(*state, ANA, "{\"title\":\"fair\"}");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ku_page page;
        ku_error err = {0};
        ku_query query = {.words = words[i]};
        ku_office *office = office_as(*state, ANA, false);
        ku_status status = ku_records_list(office, &note, &query, &page, &err);
        assert_true(status == KU_OK || status == KU_USAGE);
        ku_office_end(office);
    }
    static const ku_query wrong[] = {
        {.sort = "phone"}, {.sort = "id; DROP TABLE note"}, {.cursor = "AAAA"}, {.cursor = "W10"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ku_page page;
        ku_error err = {0};
        ku_office *office = office_as(*state, ANA, false);
        check_fails(KU_USAGE, "", ku_records_list(office, &note, &wrong[i], &page, &err), &err);
        ku_office_end(office);
    }
}

/* ---- the log ------------------------------------------------------------------------------------------------ */

static void history_shows_what_may_be_seen(void **state)
{
    json_t *items;
    ku_error err = {0};
    int64_t id = add(*state, CITRA, "{\"title\":\"h\",\"unit\":3,\"phone\":\"1\"}");
    check_ok(try_change(*state, CITRA, id, 1, "{\"title\":\"h2\"}", &err), &err);
    ku_office *office = office_as(*state, BUDI, false);
    check_ok(ku_record_history(office, &note, id, &items, &err), &err);
    assert_int_equal(json_array_size(items), 2);
    json_t *last = json_array_get(items, 0), *first = json_array_get(items, 1);
    assert_string_equal(json_string_value(json_object_get(last, "who")), "Citra Lestari");
    json_t *pair = json_object_get(json_object_get(last, "changed"), "title");
    assert_string_equal(json_string_value(json_array_get(pair, 0)), "h");
    assert_string_equal(json_string_value(json_array_get(pair, 1)), "h2");
    assert_null(json_object_get(json_object_get(first, "changed"), "phone"));
    ku_office_end(office);
    office = office_as(*state, FITRI, false);
    check_ok(ku_record_history(office, &note, id, &items, &err), &err);
    assert_non_null(json_object_get(json_object_get(json_array_get(items, 1), "changed"), "phone"));
    ku_office_end(office);
}

static void every_change_leaves_one_event_and_the_chain_holds(void **state)
{
    office_fixture *f = *state;
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    int64_t id = add(f, ANA, "{\"title\":\"e\",\"mood\":\"calm\",\"owner\":3}");
    check_ok(try_change(f, ANA, id, 1, "{\"title\":\"e2\"}", &err), &err);
    check_ok(try_move(f, ANA, id, 2, "agree", NULL, NULL, &err), &err);
    check_ok(ku_workspace_office(f->workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err,
                            "SELECT group_concat(action, ' ') FROM (SELECT action FROM event"
                            " WHERE entity = 'note' ORDER BY seq)",
                            ""),
             &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "add change agree");
    sqlite3_finalize(statement);
    ku_workspace_office_done(f->workspace, db);
    check_ok(ku_events_verify(f->workspace, NULL, NULL, &err), &err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(values_come_back_as_they_went_in),
        T(bad_values_are_refused_by_name),
        T(a_person_is_found_by_name),
        T(what_is_unique_stays_so),
        T(units_and_owners_bound_what_one_sees),
        T(what_may_not_be_seen_is_not_there),
        T(personal_fields_are_hidden_and_sealed),
        T(nobody_puts_a_record_out_of_their_reach),
        T(a_right_taken_away_is_gone_at_once),
        T(a_stale_version_is_refused),
        T(what_is_fixed_stays),
        T(steps_are_guarded),
        T(nobody_agrees_to_their_own),
        T(signing_takes_a_confirmed_session),
        T(moves_tell_what_can_be_done),
        T(a_removed_number_is_not_given_again),
        T(what_is_not_committed_leaves_nothing),
        T(pages_meet_without_gap_or_overlap),
        T(filters_and_words_find),
        T(hostile_queries_are_only_words),
        T(history_shows_what_may_be_seen),
        T(every_change_leaves_one_event_and_the_chain_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
