/* What is exported is what may be, and a spreadsheet runs none of it. */
#include "office/export.h"
#include "office_support.h"

static void only_what_may_be_and_no_formulas(void **state)
{
    office_fixture f;
    ku_text csv = {0};
    ku_error err = {0};
    const ku_query query = {.sort = "code"};
    const ku_entity *units = ku_entity_find("org_unit");
    (void)state;
    office_make(&f);
    office_sql(f.workspace, "UPDATE org_unit SET name = '=HYPERLINK(\"x\")' WHERE id = 4");
    ku_office *office = office_as(&f, ANA, true);
    check_ok(ku_records_export(office, units, &query, &csv, &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    const char *text = ku_text_string(&csv);
    assert_non_null(strstr(text, "id,state,name,code,kind,parent\r\n"));
    assert_non_null(strstr(text, "Marketing,M,department,Company\r\n"));
    assert_non_null(strstr(text, "\"'=HYPERLINK(\"\"x\"\")\""));
    ku_text_clear(&csv);
    office = office_as(&f, HADI, true);
    check_fails(KU_NOT_ALLOWED, "", ku_records_export(office, units, &query, &csv, &err), &err);
    ku_text_clear(&csv);
    ku_office_end(office);
    office_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_may_be_and_no_formulas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
