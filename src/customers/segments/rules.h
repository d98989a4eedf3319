/* rules.h - segments by rules that people write and read. Rules live in the caller's arena;
 * the columns they are held against stay the caller's.
 *
 * A rule is a name, a colon and a condition, one rule a line or behind a semicolon; # begins
 * a remark. A condition goes on over lines where it cannot end yet: within parentheses, after
 * and, or, not and before and, or:
 *
 *     Weekend regulars: purchases >= 6 and weekend_share > 60% and region = "Java"
 *     Young townspeople: age between 18 and 30 and city in ("Jakarta", "Bandung")
 *     Silent savers: not (recency < 90 or spend is unknown)
 *     All others: otherwise
 *
 * A condition compares a column with a number (60% is 0.6), a date (2026-11-23), a text in
 * quotes, or yes and no: = != < <= > >=, between .. and .., in (..), contains "..", is known,
 * is unknown, each of the worded ones also with `not`. Conditions join by and, or, not and
 * parentheses; `otherwise` holds for everybody. Capitals make no difference, in texts too.
 *
 * What is not known makes a comparison neither true nor false (three-valued logic as in
 * SQL): a customer of unknown age is neither `age > 30` nor `not age > 30`. The first rule
 * that is true takes the customer. */
#ifndef KU_CUSTOMERS_RULES_H
#define KU_CUSTOMERS_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/frame.h"
#include "kemudi/pool.h"

enum { KU_RULES_MOST = 200, KU_RULE_COLUMNS = 64 };

typedef enum ku_rule_kind { KU_RULE_NUMBER, KU_RULE_DATE, KU_RULE_TEXT, KU_RULE_YES } ku_rule_kind;

/* A column that rules may name. A list of them ends with name NULL; at most KU_RULE_COLUMNS. */
typedef struct ku_rule_word {
    const char *name; /* "weekend_share": a-z, 0-9, _ */
    ku_rule_kind kind;
    const char *unit;  /* as in ku_column_spec: "days", "money", "share" */
    const char *label; /* "Weekend share" */
    const char *about; /* "share of purchases on Saturdays and Sundays" */
} ku_rule_word;

/* Its values, a row a customer; which of the two follows from the kind. Both NULL: the data
 * have no such column, so nothing of it is known. */
typedef struct ku_rule_column {
    const double *number; /* NUMBER, DATE (days), YES (1, 0); NAN: not known */
    const int32_t *code;  /* TEXT, into `texts`; negative: not known */
    const ku_dictionary *texts;
} ku_rule_column;

typedef struct ku_rules ku_rules;

/* Reads rules that speak of `words`. KU_USAGE with `where` "line 2, column 17" and a message
 * of what was found and what was expected; columns count characters from 1. */
ku_status ku_rules_parse(const char *text, const ku_rule_word *words, ku_arena *arena,
                         ku_rules **rules, ku_error *err);

int ku_rules_count(const ku_rules *rules); /* at least 1 */
const char *ku_rules_name(const ku_rules *rules, int rule);
const char *ku_rules_condition(const ku_rules *rules, int rule); /* as it was written */
/* Whether the rule names the word (by its place in `words`). */
bool ku_rules_mention(const ku_rules *rules, int rule, int word);

/* The segment of each customer: segment[row] is the first rule that is true, -1 for none.
 * `held` (NULL: not wanted) counts the rules that were true. column[i] belongs to words[i].
 * The same for any number of threads; `pool` may be NULL. */
void ku_rules_assign(const ku_rules *rules, const ku_rule_column *column, size_t rows,
                     ku_arena *arena, ku_pool *pool, int32_t *segment, int32_t *held);

/* A text that a rule asks for (with =, !=, in) and no customer has: probably misspelt. */
typedef struct ku_rule_stranger {
    int rule, word;
    const char *text;
    const char *nearest; /* a text of the column that it may have meant, or NULL */
} ku_rule_stranger;

/* Fills at most `most` of them; returns how many there are. */
int ku_rules_strangers(const ku_rules *rules, const ku_rule_column *column, ku_arena *arena,
                       ku_rule_stranger *stranger, int most);

#endif
