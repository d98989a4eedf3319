/* authorize.c - the one door.
 *
 * A right of the descriptor (role, actions, reach, highest class) meets a grant of the actor
 * (role, units, highest class, scope of an order). Where both fit, the pair allows the action
 * on records that are
 *     - of a class up to the lower of the two highest, and, when secret, only for those who
 *       stand on the record's own list;
 *     - within reach: one's own, of the grant's units, or any.
 * Nothing else allows anything. What no pair gives is refused: an entity that forgets its
 * rights is closed, not open. The rule is written once as pairs (`pair_applies`, `pair_class`)
 * and read twice: against one record, and as SQL for lists. */
#include "access/authorize.h"

#include <inttypes.h>
#include <string.h>

/* ---- pairs of right and grant --------------------------------------------------------------- */

/* Whether the entity is of this name, or a part of one that is. */
static bool is_of(const ku_entity *entity, const char *name)
{
    if (strcmp(entity->name, name) == 0) return true;
    for (const ku_field_spec *f = entity->fields; entity->within != NULL && f->name != NULL; f++)
        if (strcmp(f->name, entity->within) == 0)
            return f->target != NULL && strcmp(f->target, name) == 0;
    return false;
}

/* Orders carry what their scope says, and never the power to arrange rights and settings. */
static bool order_carries(const ku_grant *grant, const ku_entity *entity, unsigned action)
{
    if (grant->delegation == 0) return true;
    if (action == KU_ARRANGE || grant->scope == NULL) return false;
    if (strcmp(grant->scope, "all") == 0) return true;
    if (strcmp(grant->scope, "decide") == 0) return action == KU_DECIDE || action == KU_SEE;
    return is_of(entity, grant->scope);
}

static bool pair_applies(const ku_right *right, const ku_grant *grant, const ku_entity *entity,
                         unsigned action)
{
    if ((right->actions & action) == 0 || strcmp(right->role, grant->role) != 0) return false;
    /* Who arranges rights decides nothing by them. */
    if (action == KU_DECIDE && strcmp(grant->role, "administrator") == 0) return false;
    return order_carries(grant, entity, action);
}

static ku_class pair_class(const ku_right *right, const ku_grant *grant)
{
    return right->highest < grant->highest ? right->highest : grant->highest;
}

/* ---- what holds whatever the roles ------------------------------------------------------------- */

static unsigned scope_for(unsigned action)
{
    switch (action) {
    case KU_SEE:
        return KU_SCOPE_READ;
    case KU_EXPORT:
        return KU_SCOPE_EXPORT;
    default:
        return KU_SCOPE_WRITE;
    }
}

/* Why this kind of actor may never; NULL when nothing stands against it. */
static const char *barred(const ku_actor *actor, unsigned action)
{
    if (actor->who.kind == KU_WHO_NOBODY) return "nobody has signed in";
    if (action == KU_DECIDE && actor->who.kind == KU_WHO_TOKEN)
        return "a program's token decides nothing; people decide";
    if (action == KU_DECIDE && actor->person == 0)
        return "only a person of the company decides; sign in as one";
    if ((actor->scopes & scope_for(action)) == 0)
        return "the token was not given this use when it was made";
    return NULL;
}

/* Kemudi's own work looks at everything and, through workflow, does the rest. */
static bool program_sees(const ku_actor *actor, unsigned action)
{
    return actor->who.kind == KU_WHO_PROGRAM && action == KU_SEE;
}

/* ---- one record --------------------------------------------------------------------------------- */

static bool in_units(const ku_grant *grant, int64_t unit)
{
    if (grant->units == NULL) return true;
    for (size_t i = 0; i < grant->unit_count; i++)
        if (grant->units[i] == unit) return true;
    return false;
}

/* One's own, or a secret one may see because one stands on its list: the list says who, so that
 * nobody's role need reach so far. */
static bool is_own(const ku_actor *actor, const ku_entity *entity, unsigned action,
                   const ku_standing *standing)
{
    if (entity->owner == NULL || actor->person == 0) return false;
    if (standing->owner == actor->person) return true;
    return action == KU_SEE && standing->secrecy == KU_CLASS_SECRET && standing->listed;
}

static bool reaches(const ku_right *right, const ku_grant *grant, const ku_actor *actor,
                    const ku_entity *entity, unsigned action, const ku_standing *standing)
{
    switch (right->reach) {
    case KU_REACH_ALL:
        return true;
    case KU_REACH_UNIT:
        return grant->units == NULL ||
               (entity->unit != NULL && standing->unit != 0 && in_units(grant, standing->unit));
    case KU_REACH_OWN:
        break;
    }
    return is_own(actor, entity, action, standing);
}

/* How far the best pair got; what is said is why that one did not do. */
typedef enum outcome { NO_RIGHT, OUT_OF_REACH, CLASS_TOO_HIGH, NOT_LISTED, ALLOWED } outcome;

static outcome pair_outcome(const ku_right *right, const ku_grant *grant, const ku_actor *actor,
                            const ku_entity *entity, unsigned action, const ku_standing *standing,
                            const ku_field_spec *field)
{
    if (!pair_applies(right, grant, entity, action)) return NO_RIGHT;
    ku_class highest = pair_class(right, grant);
    if (standing == NULL) return field == NULL || field->secrecy <= highest ? ALLOWED : NO_RIGHT;
    if (!reaches(right, grant, actor, entity, action, standing)) return OUT_OF_REACH;
    if (standing->secrecy > highest || (field != NULL && field->secrecy > highest))
        return CLASS_TOO_HIGH;
    /* A record about to be added has no list yet. */
    if (standing->secrecy == KU_CLASS_SECRET && standing->id != 0 && !standing->listed)
        return NOT_LISTED;
    return ALLOWED;
}

typedef struct best_pair {
    outcome outcome;
    const ku_right *right;
    const ku_grant *grant;
} best_pair;

static best_pair find_best(const ku_actor *actor, const ku_entity *entity, unsigned action,
                           const ku_standing *standing, const ku_field_spec *field)
{
    best_pair best = {.outcome = NO_RIGHT};
    for (size_t i = 0; i < actor->grant_count && best.outcome != ALLOWED; i++) {
        for (const ku_right *r = entity->rights; r != NULL && r->role != NULL; r++) {
            const ku_grant *grant = &actor->grants[i];
            outcome o = pair_outcome(r, grant, actor, entity, action, standing, field);
            if (o > best.outcome) best = (best_pair){o, r, grant};
        }
    }
    return best;
}

/* ---- in words ------------------------------------------------------------------------------------- */

static const char *phrase(unsigned action)
{
    switch (action) {
    case KU_ADD:
        return "add";
    case KU_CHANGE:
        return "change";
    case KU_REMOVE:
        return "remove";
    case KU_DECIDE:
        return "decide on";
    case KU_EXPORT:
        return "take out";
    case KU_ARRANGE:
        return "arrange";
    default:
        return "see";
    }
}

/* "Document" as it stands inside a sentence; "API token" keeps its capitals. */
static const char *inside(const char *title, ku_arena *arena)
{
    char *copy = ku_arena_strdup(arena, title);
    bool abbreviation = copy[0] != '\0' && copy[1] >= 'A' && copy[1] <= 'Z';
    if (!abbreviation) copy[0] = ku_char_lower(copy[0]);
    return copy;
}

/* "see this document", "see Pay of this person", "see documents". */
static const char *deed(unsigned action, const ku_entity *entity, const ku_standing *standing,
                        const ku_field_spec *field, ku_arena *arena)
{
    const char *what = standing == NULL
                           ? inside(entity->plural, arena)
                           : ku_arena_printf(arena, "this %s", inside(entity->title, arena));
    if (field == NULL) return ku_arena_printf(arena, "%s %s", phrase(action), what);
    return ku_arena_printf(arena, "%s \"%s\" of %s", phrase(action), field->label, what);
}

static const char *reach_words(ku_reach reach, const ku_grant *grant, const ku_actor *actor,
                               const ku_standing *standing)
{
    if (reach == KU_REACH_OWN)
        return standing->owner == actor->person ? "which is their own" : "on whose list they stand";
    if (reach == KU_REACH_ALL) return "as they may with all";
    return grant->units == NULL ? "as they may in the whole company"
                                : "as they may with all of their units";
}

/* The roles that would do: "the marketing director or the head of a unit". */
static const char *who_could(const ku_entity *entity, unsigned action, ku_arena *arena)
{
    const char *list = NULL;
    for (const ku_right *r = entity->rights; r != NULL && r->role != NULL; r++) {
        const ku_role *role = ku_role_find(r->role);
        if (role == NULL || (r->actions & action) == 0) continue;
        if (list != NULL && strstr(list, role->title) != NULL) continue;
        list = list == NULL ? role->title : ku_arena_printf(arena, "%s, %s", list, role->title);
    }
    return list;
}

static const char *no_right(const ku_actor *actor, const ku_entity *entity, unsigned action,
                            ku_arena *arena)
{
    const char *others = who_could(entity, action, arena);
    (void)actor;
    if (others == NULL) return "nobody does this by hand";
    return ku_arena_printf(arena, "it takes one of these roles, and they hold none: %s", others);
}

static const char *too_high(const best_pair *best, const ku_standing *standing,
                            const ku_field_spec *field, ku_arena *arena)
{
    ku_class highest = pair_class(best->right, best->grant);
    ku_class of = standing->secrecy;
    if (field != NULL && field->secrecy > of) of = field->secrecy;
    return ku_arena_printf(arena, "it is %s, and %s they reach no further than %s",
                           ku_class_name(of), best->grant->because, ku_class_name(highest));
}

static const char *out_of_reach(const best_pair *best, const ku_entity *entity, ku_arena *arena)
{
    if (best->right->reach == KU_REACH_OWN)
        return ku_arena_printf(arena, "%s they may do so only with their own",
                               best->grant->because);
    if (entity->unit == NULL)
        return ku_arena_printf(arena,
                               "%s they may do so only within their unit, and this belongs "
                               "to the whole company",
                               best->grant->because);
    return ku_arena_printf(arena, "it belongs to none of the units they answer for %s",
                           best->grant->because);
}

static const char *why_not(const best_pair *best, const ku_actor *actor, const ku_entity *entity,
                           unsigned action, const ku_standing *standing, const ku_field_spec *field,
                           ku_arena *arena)
{
    switch (best->outcome) {
    case CLASS_TOO_HIGH:
        return too_high(best, standing, field, arena);
    case OUT_OF_REACH:
        return out_of_reach(best, entity, arena);
    case NOT_LISTED:
        return "it is secret, and they do not stand on its list";
    case NO_RIGHT:
    case ALLOWED:
        break;
    }
    return no_right(actor, entity, action, arena);
}

/* ---- the verdict ------------------------------------------------------------------------------------ */

static const char *name_of(const ku_actor *actor)
{
    return actor->name != NULL ? actor->name : "Nobody";
}

static ku_verdict allow(const best_pair *best, const ku_actor *actor, const char *what,
                        const ku_standing *standing, ku_arena *arena)
{
    bool staff = strcmp(best->grant->role, "staff") == 0;
    ku_verdict verdict = {.allowed = true, .grant = staff ? NULL : best->grant};
    verdict.because = ku_arena_printf(
        arena, "%s may %s: %s%s%s.", name_of(actor), what, best->grant->because,
        standing != NULL ? ", " : "",
        standing != NULL ? reach_words(best->right->reach, best->grant, actor, standing) : "");
    return verdict;
}

static ku_verdict refuse(const ku_actor *actor, const char *what, const char *why, ku_arena *arena)
{
    return (ku_verdict){
        .because = ku_arena_printf(arena, "%s may not %s: %s.", name_of(actor), what, why)};
}

/* The same without a word: a page of a list asks it thousands of times. */
static ku_verdict bare_verdict(const ku_actor *actor, const ku_entity *entity, unsigned action,
                               const ku_standing *standing, const ku_field_spec *field)
{
    if (program_sees(actor, action)) return (ku_verdict){.allowed = true};
    if (barred(actor, action) != NULL) return (ku_verdict){.allowed = false};
    best_pair best = find_best(actor, entity, action, standing, field);
    if (best.outcome != ALLOWED) return (ku_verdict){.allowed = false};
    bool staff = strcmp(best.grant->role, "staff") == 0;
    return (ku_verdict){.allowed = true, .grant = staff ? NULL : best.grant};
}

ku_verdict ku_authorize(const ku_actor *actor, const ku_entity *entity, unsigned action,
                        const ku_standing *standing, const ku_field_spec *field, ku_arena *arena)
{
    if (arena == NULL) return bare_verdict(actor, entity, action, standing, field);
    const char *what = deed(action, entity, standing, field, arena);
    if (program_sees(actor, action))
        return (ku_verdict){.allowed = true,
                            .because = ku_arena_printf(arena, "Kemudi itself may %s.", what)};
    const char *bar = barred(actor, action);
    if (bar != NULL) return refuse(actor, what, bar, arena);
    best_pair best = find_best(actor, entity, action, standing, field);
    if (best.outcome == ALLOWED) return allow(&best, actor, what, standing, arena);
    return refuse(actor, what, why_not(&best, actor, entity, action, standing, field, arena),
                  arena);
}

ku_status ku_authorize_or_refuse(const ku_actor *actor, const ku_entity *entity, unsigned action,
                                 const ku_standing *standing, const ku_field_spec *field,
                                 ku_arena *arena, ku_error *err)
{
    ku_verdict verdict = ku_authorize(actor, entity, action, standing, field, arena);
    if (verdict.allowed) return KU_OK;
    bool known = standing == NULL || standing->id == 0 ||
                 ku_authorize(actor, entity, KU_SEE, standing, NULL, arena).allowed;
    if (!known)
        return ku_error_set(err, KU_NOT_FOUND, entity->title,
                            "there is no such record (%" PRId64 "), or you may not see it",
                            standing->id);
    return ku_error_set(err, KU_NOT_ALLOWED, field != NULL ? field->name : entity->title, "%s",
                        verdict.because);
}

/* ---- the same rule as SQL ------------------------------------------------------------------------------- */

static void add_units(const ku_grant *grant, const char *alias, const char *unit, ku_text *sql)
{
    ku_text_addf(sql, " OR %s.%s IN (", alias, unit);
    for (size_t i = 0; i < grant->unit_count; i++)
        ku_text_addf(sql, "%s%" PRId64, i > 0 ? ", " : "", grant->units[i]);
    ku_text_addc(sql, ')');
}

/* Which records of one class are within reach: "0", "1", or "0 OR ..." */
static void add_reach(const ku_actor *actor, const ku_entity *entity, unsigned action,
                      ku_class secrecy, const char *alias, ku_text *sql)
{
    ku_text_empty(sql);
    ku_text_addc(sql, '0');
    for (size_t i = 0; i < actor->grant_count; i++) {
        const ku_grant *grant = &actor->grants[i];
        for (const ku_right *r = entity->rights; r != NULL && r->role != NULL; r++) {
            if (!pair_applies(r, grant, entity, action) || pair_class(r, grant) < secrecy) continue;
            bool listed = r->reach == KU_REACH_OWN && entity->owner != NULL && action == KU_SEE &&
                          secrecy == KU_CLASS_SECRET && actor->person != 0;
            if (r->reach == KU_REACH_ALL || listed ||
                (r->reach == KU_REACH_UNIT && grant->units == NULL)) {
                ku_text_empty(sql);
                ku_text_addc(sql, '1');
                return;
            }
            if (r->reach == KU_REACH_UNIT && entity->unit != NULL && grant->unit_count > 0)
                add_units(grant, alias, entity->unit, sql);
            if (r->reach == KU_REACH_OWN && entity->owner != NULL && actor->person != 0)
                ku_text_addf(sql, " OR %s.%s = %" PRId64, alias, entity->owner, actor->person);
        }
    }
}

static void add_listed(const ku_actor *actor, const ku_entity *entity, const char *alias,
                       ku_text *sql)
{
    ku_text_addf(sql,
                 "EXISTS (SELECT 1 FROM access_list al WHERE al.entity = '%s'"
                 " AND al.record = %s.id AND al.person = %" PRId64 ")",
                 entity->name, alias, actor->person);
}

/* One class's records: its condition and reach; a class out of reach adds nothing. Classes of
 * the same reach next to each other are put together. */
static void add_class(const ku_actor *actor, const ku_entity *entity, ku_class from, ku_class to,
                      const char *reach, const char *alias, ku_text *sql)
{
    if (strcmp(reach, "0") == 0) return;
    ku_text_add(sql, " OR ");
    if (entity->secrecy != NULL && to == KU_CLASS_SECRET)
        ku_text_addf(sql, "coalesce(%s.%s, 'secret') NOT IN ('open', 'internal', 'personal') AND ",
                     alias, entity->secrecy);
    else if (entity->secrecy != NULL) {
        ku_text_addf(sql, "%s.%s IN (", alias, entity->secrecy);
        for (ku_class c = from; c <= to; c++)
            ku_text_addf(sql, "%s'%s'", c > from ? ", " : "", ku_class_name(c));
        ku_text_add(sql, ") AND ");
    }
    if (to == KU_CLASS_SECRET) {
        add_listed(actor, entity, alias, sql);
        ku_text_add(sql, " AND ");
    }
    ku_text_addf(sql, "(%s)", reach);
}

static void add_classes(const ku_actor *actor, const ku_entity *entity, unsigned action,
                        const char *alias, ku_text *sql)
{
    ku_text reach = {0}, next = {0};
    ku_class from = KU_CLASS_OPEN;
    add_reach(actor, entity, action, from, alias, &reach);
    for (ku_class c = KU_CLASS_INTERNAL; c <= KU_CLASS_SECRET; c++) {
        add_reach(actor, entity, action, c, alias, &next);
        if (c < KU_CLASS_SECRET && strcmp(ku_text_string(&reach), ku_text_string(&next)) == 0)
            continue;
        add_class(actor, entity, from, (ku_class)(c - 1), ku_text_string(&reach), alias, sql);
        from = c;
        ku_text_empty(&reach);
        ku_text_add(&reach, ku_text_string(&next));
    }
    add_class(actor, entity, KU_CLASS_SECRET, KU_CLASS_SECRET, ku_text_string(&reach), alias, sql);
    if (reach.failed || next.failed) sql->failed = true;
    ku_text_clear(&reach);
    ku_text_clear(&next);
}

void ku_authorize_sql(const ku_actor *actor, const ku_entity *entity, unsigned action,
                      const char *alias, ku_text *sql)
{
    if (program_sees(actor, action)) {
        ku_text_add(sql, "1");
        return;
    }
    ku_text_add(sql, "(0");
    if (barred(actor, action) == NULL && entity->secrecy != NULL)
        add_classes(actor, entity, action, alias, sql);
    else if (barred(actor, action) == NULL) {
        ku_text reach = {0};
        add_reach(actor, entity, action, entity->fixed_secrecy, alias, &reach);
        add_class(actor, entity, entity->fixed_secrecy, entity->fixed_secrecy,
                  ku_text_string(&reach), alias, sql);
        if (reach.failed) sql->failed = true;
        ku_text_clear(&reach);
    }
    ku_text_addc(sql, ')');
}
