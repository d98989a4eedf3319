/* rows.c - some rows of one fact as they stand in the bank, the latest first: for looking
 * something up, not for working something out. */
#include <assert.h>

#include "bank/bank_internal.h"

static const ku_fact_column *column_of(const ku_fact *fact, const char *name)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static void select_columns(const ku_fact *fact, ku_text *sql)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++) {
        ku_text_add(sql, c == fact->columns ? "SELECT " : ", ");
        ku_sql_name(sql, c->name);
    }
    ku_text_add(sql, " FROM ");
    ku_sql_name(sql, fact->name);
}

/* Values are compared as they are written: dates as 2026-11-23. */
static ku_status add_conditions(const ku_fact *fact, const ku_row_filter *filters, size_t count,
                                ku_bind *binds, ku_text *sql, ku_error *err)
{
    static const char *const names[] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};
    assert(count <= sizeof names / sizeof *names);
    for (size_t i = 0; i < count; i++) {
        if (column_of(fact, filters[i].column) == NULL)
            return ku_error_set(err, KU_USAGE, filters[i].column, "%s has no such column",
                                fact->name);
        binds[i] = (ku_bind){.name = names[i], .type = KU_TEXT, .as.text = filters[i].value};
        ku_text_add(sql, i == 0 ? " WHERE CAST(" : " AND CAST(");
        ku_sql_name(sql, filters[i].column);
        ku_text_addf(sql, " AS VARCHAR) = $%s", names[i]);
    }
    return KU_OK;
}

/* By time and then by everything, so that pages follow each other. */
static void order_by(const ku_fact *fact, ku_text *sql)
{
    ku_text_add(sql, " ORDER BY ");
    if (fact->time_column != NULL) {
        ku_sql_name(sql, fact->time_column);
        ku_text_add(sql, " DESC, ");
    }
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        ku_text_addf(sql, "%s%d", c == fact->columns ? "" : ", ", (int)(c - fact->columns) + 1);
}

ku_status ku_bank_rows(ku_bank *bank, const ku_fact *fact, const ku_row_filter *filters,
                       size_t count, int64_t skip, int64_t limit, ku_frame **frame, ku_error *err)
{
    ku_bind binds[KU_ROW_FILTERS];
    ku_text sql = {0};
    select_columns(fact, &sql);
    ku_status status = add_conditions(fact, filters, count, binds, &sql, err);
    order_by(fact, &sql);
    ku_text_addf(&sql, " LIMIT %lld OFFSET %lld", (long long)limit, (long long)skip);
    if (status == KU_OK) status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_bank_query(bank, fact->name, ku_text_string(&sql), binds, count, frame, err);
    ku_text_clear(&sql);
    return status;
}
