/* test_facts.c - the descriptors of facts and dimensions hold together, and the tables of
 * the bank are what the descriptors say. */
#include "bank/support.h"

#include "bank/fact.h"
#include "bank/match.h"
#include "base/unit.h"

static const ku_fact_column *column_of(const ku_fact *fact, const char *name)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static void all_of_the_design_are_there(void **state)
{
    (void)state;
    static const char *const facts[] = {
        "sale",       "spend",  "touch", "price",    "survey",   "complaint",         "mention",
        "lead_stage", "market", "check", "calendar", "forecast", "forecast_override", "segment",
        "experiment"};
    static const char *const dimensions[] = {"customer", "product", "outlet", "channel",
                                             "campaign"};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const ku_fact *f = ku_fact_find(facts[i]);
        if (f == NULL || f->kind != KU_FACT) fail_msg("the fact %s is missing", facts[i]);
    }
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        const ku_fact *f = ku_fact_find(dimensions[i]);
        if (f == NULL || f->kind != KU_DIMENSION)
            fail_msg("the dimension %s is missing", dimensions[i]);
    }
    assert_null(ku_fact_find("nothing"));
    assert_string_equal(ku_fact_nearest("sales")->name, "sale");
}

static void check_column(const ku_fact *f, const ku_fact_column *c)
{
    if (c->label == NULL || c->label[0] == '\0') fail_msg("%s.%s has no label", f->name, c->name);
    if (c->meaning == NULL || strlen(c->meaning) < 4 || c->meaning[strlen(c->meaning) - 1] != '.')
        fail_msg("%s.%s: its meaning must be a sentence", f->name, c->name);
    if (c->unit == NULL || ku_unit_word(c->unit) == NULL)
        fail_msg("%s.%s: unknown unit %s", f->name, c->name, c->unit != NULL ? c->unit : "NULL");
    bool number = c->type == KU_DOUBLE || c->type == KU_INT64;
    bool limited = c->min != 0 || c->max != 0;
    if (limited && (!number || !(c->min < c->max)))
        fail_msg("%s.%s: its range is empty or not of a number", f->name, c->name);
    if (!limited && (c->outside == KU_REJECT || c->outside_flag != NULL))
        fail_msg("%s.%s: nothing can be outside a range that is not there", f->name, c->name);
    if (c->outside == KU_REJECT && c->outside_flag != NULL)
        fail_msg("%s.%s: a row that is refused is not flagged as well", f->name, c->name);
    if (c->required && c->missing_flag != NULL)
        fail_msg("%s.%s: a required value cannot be flagged as missing", f->name, c->name);
}

static void descriptors_hold_together(void **state)
{
    (void)state;
    size_t count;
    const ku_fact *const *list = ku_facts(&count);
    for (size_t i = 0; i < count; i++) {
        const ku_fact *f = list[i];
        if (i > 0 && list[i - 1]->kind == f->kind)
            assert_true(strcmp(list[i - 1]->name, f->name) < 0);
        assert_true(strlen(f->title) > 0 && strlen(f->meaning) > 20);
        for (const ku_fact_column *c = f->columns; c->name != NULL; c++) {
            check_column(f, c);
            for (const ku_fact_column *other = f->columns; other != c; other++)
                assert_string_not_equal(other->name, c->name);
        }
        if (f->kind == KU_FACT) {
            const ku_fact_column *time = column_of(f, f->time_column);
            assert_non_null(time);
            assert_true(time->type == KU_DATE || time->type == KU_TIMESTAMP);
        } else {
            assert_non_null(f->key);
            for (const char *const *k = f->key; *k != NULL; k++)
                assert_true(column_of(f, *k) != NULL && column_of(f, *k)->required);
        }
    }
}

/* A name that two columns of one fact claim would be given to whichever comes first. */
static void no_two_columns_claim_one_name(void **state)
{
    (void)state;
    size_t count;
    const ku_fact *const *list = ku_facts(&count);
    for (size_t i = 0; i < count; i++)
        for (const ku_fact_column *c = list[i]->columns; c->name != NULL; c++)
            for (size_t a = 0; c->aliases != NULL && c->aliases[a] != NULL; a++)
                for (const ku_fact_column *o = list[i]->columns; o->name != NULL; o++) {
                    if (o == c) continue;
                    const char *one[] = {c->aliases[a]};
                    if (ku_match_column(o->name, o->aliases, one, NULL, 1) == 0)
                        fail_msg("%s: '%s' is a name of both %s and %s", list[i]->name, one[0],
                                 c->name, o->name);
                }
}

static const char *sql_type(ku_type type)
{
    return ku_sql_type(type);
}

static void tables_are_what_descriptors_say(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_arena *arena = ku_arena_new();
    size_t count;
    const ku_fact *const *list = ku_facts(&count);
    for (size_t i = 0; i < count; i++) {
        const ku_bind table = {
            .name = "table", .type = KU_TEXT, .as.text = ku_fact_table(list[i], arena)};
        ku_frame *f = NULL;
        assert_ok(ku_bank_query, bank, "columns",
                  "SELECT column_name AS name, data_type AS type, is_nullable AS nullable "
                  "FROM duckdb_columns() WHERE table_name = $table ORDER BY column_index",
                  &table, 1, &f);
        int64_t row = 0;
        for (const ku_fact_column *c = list[i]->columns; c->name != NULL; c++, row++) {
            if (row >= f->rows) fail_msg("%s.%s has no column", list[i]->name, c->name);
            assert_text_at(f, "name", row, c->name);
            assert_text_at(f, "type", row, sql_type(c->type));
            assert_true(ku_column_bool(ku_frame_column(f, "nullable"), row) == !c->required);
        }
        assert_int_equal(f->rows, row + 1);
        assert_text_at(f, "name", row, "batch");
        ku_frame_free(f);
    }
    ku_arena_free(arena);
    ku_bank_close(bank);
}

/* Every fact can be read by its name, and no table is left that no descriptor speaks of. */
static void every_fact_can_be_read(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_arena *arena = ku_arena_new();
    size_t count;
    const ku_fact *const *list = ku_facts(&count);
    ku_frame *f = NULL;
    for (size_t i = 0; i < count; i++) {
        assert_ok(ku_bank_query, bank, "q",
                  ku_arena_printf(arena, "SELECT * FROM \"%s\"", list[i]->name), NULL, 0, &f);
        assert_int_equal(f->rows, 0);
        ku_frame_free(f);
    }
    assert_ok(ku_bank_query, bank, "q",
              "SELECT table_name AS name FROM duckdb_tables() WHERE table_name NOT IN "
              "('migration', 'profile') AND NOT starts_with(table_name, 'batch')",
              NULL, 0, &f);
    assert_int_equal(f->rows, count);
    ku_frame_free(f);
    ku_arena_free(arena);
    ku_bank_close(bank);
}

/* What is derived can be computed from the columns of the same row. */
static void derivations_are_sql_over_the_row(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_arena *arena = ku_arena_new();
    size_t count, derived = 0;
    const ku_fact *const *list = ku_facts(&count);
    for (size_t i = 0; i < count; i++)
        for (const ku_fact_column *c = list[i]->columns; c->name != NULL; c++) {
            if (c->derive == NULL) continue;
            ku_frame *f = NULL;
            assert_ok(ku_bank_query, bank, "q",
                      ku_arena_printf(arena, "SELECT CAST(%s AS %s) FROM \"%s\"", c->derive,
                                      sql_type(c->type), list[i]->name),
                      NULL, 0, &f);
            ku_frame_free(f);
            derived++;
        }
    assert_true(derived > 0);
    ku_arena_free(arena);
    ku_bank_close(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_the_design_are_there),
        cmocka_unit_test(descriptors_hold_together),
        cmocka_unit_test(no_two_columns_claim_one_name),
        cmocka_unit_test(tables_are_what_descriptors_say),
        cmocka_unit_test(every_fact_can_be_read),
        cmocka_unit_test(derivations_are_sql_over_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
