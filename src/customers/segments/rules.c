/* rules.c - holds customers against rules.
 *
 * A million customers against a dozen rules must take a moment, so a condition is not walked
 * for each customer: its steps are taken for a block of customers at a time, on a stack of
 * columns of truth values, and what a text test says is worked out once for each text that
 * occurs. Truth is 0 (false), 1 (not known) or 2 (true): `and` is then the smaller, `or` the
 * larger and `not` 2 minus the value, which is Kleene's logic. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "customers/segments/rules_internal.h"

enum { BLOCK = 1024 };
enum { NO, UNKNOWN, YES };

typedef struct assignment {
    const ku_rules *rules;
    const ku_rule_column *column;
    uint8_t **truth_of_text; /* by test: of each text of the dictionary */
    size_t rows;
    uint8_t *stack; /* by thread: depth x BLOCK */
    int32_t *segment, *held;
} assignment;

int ku_rules_count(const ku_rules *rules)
{
    return rules->rules;
}

const char *ku_rules_name(const ku_rules *rules, int rule)
{
    return rules->rule[rule].name;
}

const char *ku_rules_condition(const ku_rules *rules, int rule)
{
    return rules->rule[rule].condition;
}

bool ku_rules_mention(const ku_rules *rules, int rule, int word)
{
    return rules->rule[rule].mentions >> word & 1;
}

/* ---- tests ------------------------------------------------------------------------------- */

static bool text_holds(const rule_test *test, const char *text)
{
    if (test->kind == TEST_CONTAINS) {
        size_t length = strlen(test->value->text);
        for (const char *p = text; strlen(p) >= length; p++) {
            size_t i = 0;
            while (i < length && ku_char_lower(p[i]) == ku_char_lower(test->value->text[i])) i++;
            if (i == length) return true;
        }
        return false;
    }
    for (int v = 0; v < test->values; v++)
        if (ku_text_fold_equal(test->value[v].text, text)) return true;
    return false;
}

static uint8_t *truth_of_texts(const rule_test *test, const ku_dictionary *texts, ku_arena *arena)
{
    uint8_t *truth = ku_arena_alloc(arena, (size_t)texts->size + 1);
    ku_text text = {0};
    for (int32_t code = 0; code < texts->size; code++) {
        int32_t length;
        const char *at = ku_dictionary_at(texts, code, &length);
        ku_text_empty(&text);
        ku_text_addn(&text, at, (size_t)length);
        truth[code] = text_holds(test, ku_text_string(&text)) ? YES : NO;
    }
    ku_text_clear(&text);
    return truth;
}

static bool number_holds(const rule_test *test, double x)
{
    switch (test->kind) {
    case TEST_LESS:
        return x < test->value[0].number;
    case TEST_AT_MOST:
        return x <= test->value[0].number;
    case TEST_BETWEEN:
        return x >= test->value[0].number && x <= test->value[1].number;
    default:
        for (int v = 0; v < test->values; v++)
            if (!(x < test->value[v].number) && !(x > test->value[v].number)) return true;
        return false;
    }
}

static void test_known(const ku_rule_column *column, bool is_text, size_t from, size_t rows,
                       uint8_t *out)
{
    for (size_t i = 0; i < rows; i++) {
        bool known = is_text ? column->code[from + i] >= 0 : !isnan(column->number[from + i]);
        out[i] = known ? YES : NO;
    }
}

static void run_test(const assignment *a, int at, size_t from, size_t rows, uint8_t *out)
{
    const rule_test *test = &a->rules->test[at];
    const ku_rule_column *column = &a->column[test->word];
    bool absent = test->is_text ? column->code == NULL : column->number == NULL;
    if (absent)
        memset(out, test->kind == TEST_KNOWN ? NO : UNKNOWN, rows);
    else if (test->kind == TEST_KNOWN)
        test_known(column, test->is_text, from, rows, out);
    else if (test->is_text) {
        const uint8_t *truth = a->truth_of_text[at];
        for (size_t i = 0; i < rows; i++) {
            int32_t code = column->code[from + i];
            out[i] = code < 0 ? UNKNOWN : truth[code];
        }
    } else {
        for (size_t i = 0; i < rows; i++) {
            double x = column->number[from + i];
            out[i] = isnan(x) ? UNKNOWN : number_holds(test, x) ? YES : NO;
        }
    }
}

/* ---- conditions -------------------------------------------------------------------------- */

/* The truth of a rule for the rows; lies at the bottom of the stack. */
static const uint8_t *run_rule(const assignment *a, const segment_rule *rule, size_t from,
                               size_t rows, uint8_t *stack)
{
    uint8_t *top = stack - BLOCK;
    for (int s = rule->first_step; s < rule->first_step + rule->steps; s++) {
        const rule_step *step = &a->rules->step[s];
        switch (step->op) {
        case OP_TEST:
            top += BLOCK;
            run_test(a, step->test, from, rows, top);
            break;
        case OP_ALWAYS:
            top += BLOCK;
            memset(top, YES, rows);
            break;
        case OP_NOT:
            for (size_t i = 0; i < rows; i++) top[i] = (uint8_t)(YES - top[i]);
            break;
        case OP_AND:
            top -= BLOCK;
            for (size_t i = 0; i < rows; i++)
                if (top[BLOCK + i] < top[i]) top[i] = top[BLOCK + i];
            break;
        case OP_OR:
            top -= BLOCK;
            for (size_t i = 0; i < rows; i++)
                if (top[BLOCK + i] > top[i]) top[i] = top[BLOCK + i];
            break;
        }
    }
    return top;
}

static void assign_block(void *data, size_t block, unsigned thread)
{
    const assignment *a = data;
    uint8_t *stack = a->stack + (size_t)thread * (size_t)a->rules->depth * BLOCK;
    size_t from = block * BLOCK, rows = a->rows - from < BLOCK ? a->rows - from : BLOCK;
    for (size_t i = 0; i < rows; i++) a->segment[from + i] = -1;
    if (a->held != NULL) memset(a->held + from, 0, rows * sizeof *a->held);
    for (int k = 0; k < a->rules->rules; k++) {
        const uint8_t *truth = run_rule(a, &a->rules->rule[k], from, rows, stack);
        for (size_t i = 0; i < rows; i++) {
            if (truth[i] != YES) continue;
            if (a->segment[from + i] < 0) a->segment[from + i] = k;
            if (a->held != NULL) a->held[from + i]++;
        }
    }
}

void ku_rules_assign(const ku_rules *rules, const ku_rule_column *column, size_t rows,
                     ku_arena *arena, ku_pool *pool, int32_t *segment, int32_t *held)
{
    assignment a = {
        .rules = rules, .column = column, .rows = rows, .segment = segment, .held = held};
    unsigned threads = pool != NULL ? ku_pool_threads(pool) : 1;
    a.truth_of_text = KU_ARRAY(arena, (size_t)rules->tests + 1, uint8_t *);
    for (int t = 0; t < rules->tests; t++) {
        const rule_test *test = &rules->test[t];
        const ku_rule_column *c = &column[test->word];
        if (test->is_text && test->kind != TEST_KNOWN && c->code != NULL)
            a.truth_of_text[t] = truth_of_texts(test, c->texts, arena);
    }
    a.stack = ku_arena_alloc(arena, (size_t)threads * (size_t)rules->depth * BLOCK);
    ku_pool_each(pool, (rows + BLOCK - 1) / BLOCK, 0, assign_block, &a);
}

/* ---- texts that nobody has --------------------------------------------------------------- */

typedef struct text_list {
    const ku_dictionary *texts;
    ku_arena *arena;
} text_list;

static const char *text_name(const void *data, size_t i)
{
    const text_list *list = data;
    int32_t length;
    const char *at = ku_dictionary_at(list->texts, (int32_t)i, &length);
    return ku_arena_strndup(list->arena, at, (size_t)length);
}

static bool text_occurs(const char *text, const text_list *list)
{
    size_t length = strlen(text);
    for (int32_t code = 0; code < list->texts->size; code++) {
        int32_t long_as;
        const char *at = ku_dictionary_at(list->texts, code, &long_as);
        if ((size_t)long_as != length) continue;
        size_t i = 0;
        while (i < length && ku_char_lower(at[i]) == ku_char_lower(text[i])) i++;
        if (i == length) return true;
    }
    return false;
}

static int rule_of_test(const ku_rules *rules, int test)
{
    for (int k = 0; k < rules->rules; k++)
        for (int s = 0; s < rules->rule[k].steps; s++) {
            const rule_step *step = &rules->step[rules->rule[k].first_step + s];
            if (step->op == OP_TEST && step->test == test) return k;
        }
    return -1;
}

int ku_rules_strangers(const ku_rules *rules, const ku_rule_column *column, ku_arena *arena,
                       ku_rule_stranger *stranger, int most)
{
    enum { SEARCHED = 2000 }; /* a suggestion from a longer list costs more than it helps */
    int count = 0;
    for (int t = 0; t < rules->tests; t++) {
        const rule_test *test = &rules->test[t];
        const text_list list = {column[test->word].texts, arena};
        if (!test->is_text || test->kind != TEST_IN || column[test->word].code == NULL) continue;
        for (int v = 0; v < test->values; v++) {
            const char *text = test->value[v].text;
            if (text_occurs(text, &list)) continue;
            if (count < most) {
                size_t size = (size_t)list.texts->size;
                const char *nearest = size <= SEARCHED
                                          ? ku_text_nearest(text, size, text_name, &list)
                                          : NULL;
                stranger[count] = (ku_rule_stranger){rule_of_test(rules, t), test->word, text,
                                                     nearest};
            }
            count++;
        }
    }
    return count;
}
