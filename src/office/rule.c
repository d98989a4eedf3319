/* rule.c - authority over records. What one may do with a record itself is authorize.c's to
 * say; here it is joined with the record it is a part of: who may not see a document sees
 * none of its versions either, whatever else they may. */
#include <inttypes.h>
#include <string.h>

#include "office/store_internal.h"
#include "workspace/sql.h"

ku_status ku_rule_listed(ku_office *office, const ku_entity *entity, ku_standing *standing,
                         ku_error *err)
{
    sqlite3_stmt *statement;
    if (standing->secrecy != KU_CLASS_SECRET || office->actor->person == 0) return KU_OK;
    KU_TRY(ku_sql_prepare(
        office->db, &statement, err,
        "SELECT 1 FROM access_list WHERE entity = ?1 AND record = ?2 AND person = ?3", "sii",
        entity->name, standing->id, office->actor->person));
    KU_TRY(ku_sql_step(&statement, &standing->listed, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

static const ku_entity *whole_of(const ku_entity *entity)
{
    if (entity->within == NULL) return NULL;
    return ku_entity_find(ku_entity_field(entity, entity->within)->target);
}

/* The record it is a part of; 0 when it is of none. */
static ku_status whole_id(ku_office *office, const ku_entity *entity, const ku_standing *standing,
                          const json_t *values, int64_t *id, ku_error *err)
{
    ku_row row;
    if (values == NULL) {
        KU_TRY(ku_row_load(office, entity, standing->id, &row, err));
        values = row.values;
    }
    *id = json_integer_value(json_object_get(values, entity->within));
    return KU_OK;
}

static ku_status check_whole(ku_office *office, const ku_entity *entity,
                             const ku_standing *standing, const json_t *values, ku_error *err)
{
    const ku_entity *whole = whole_of(entity);
    int64_t id;
    ku_row row;
    if (whole == NULL || (values == NULL && standing->id == 0)) return KU_OK;
    KU_TRY(whole_id(office, entity, standing, values, &id, err));
    if (id == 0) return KU_OK;
    KU_TRY(ku_row_load(office, whole, id, &row, err));
    return ku_rule_check(office, whole, KU_SEE, &row.standing, row.values, NULL, err);
}

ku_status ku_rule_check(ku_office *office, const ku_entity *entity, unsigned action,
                        const ku_standing *standing, const json_t *values, const ku_grant **grant,
                        ku_error *err)
{
    ku_verdict verdict = ku_authorize(office->actor, entity, action, standing, NULL, NULL);
    if (!verdict.allowed)
        return ku_authorize_or_refuse(office->actor, entity, action, standing, NULL, office->arena,
                                      err);
    if (grant != NULL) *grant = verdict.grant;
    return check_whole(office, entity, standing, values, err);
}

bool ku_rule_field(ku_office *office, const ku_entity *entity, unsigned action,
                   const ku_standing *standing, const ku_field_spec *field)
{
    return ku_authorize(office->actor, entity, action, standing, field, NULL).allowed;
}

void ku_rule_sql(ku_office *office, const ku_entity *entity, unsigned action, const char *alias,
                 ku_text *sql)
{
    const ku_entity *whole = whole_of(entity);
    ku_text_addc(sql, '(');
    ku_authorize_sql(office->actor, entity, action, alias, sql);
    if (whole != NULL) {
        const char *outer = ku_arena_printf(office->arena, "%s_", alias);
        ku_text_addf(sql,
                     " AND (%s.%s IS NULL OR EXISTS (SELECT 1 FROM %s %s WHERE %s.id = %s.%s"
                     " AND ",
                     alias, entity->within, whole->name, outer, outer, alias, entity->within);
        ku_rule_sql(office, whole, KU_SEE, outer, sql);
        ku_text_add(sql, "))");
    }
    ku_text_addc(sql, ')');
}
