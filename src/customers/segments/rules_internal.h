/* rules_internal.h - what the reader of rules hands to their evaluation. All of it lives in
 * the arena the rules were read into. */
#ifndef KU_CUSTOMERS_RULES_INTERNAL_H
#define KU_CUSTOMERS_RULES_INTERNAL_H

#include "customers/segments/rules.h"

typedef enum rule_op { OP_TEST, OP_AND, OP_OR, OP_NOT, OP_ALWAYS } rule_op;

typedef enum rule_test_kind {
    TEST_IN, /* = is a list of one */
    TEST_LESS,
    TEST_AT_MOST,
    TEST_BETWEEN,
    TEST_CONTAINS,
    TEST_KNOWN
} rule_test_kind;

typedef struct rule_value {
    double number;
    const char *text; /* of a text column, without quotes */
} rule_value;

typedef struct rule_test {
    rule_test_kind kind;
    int word;
    bool is_text;
    int values;
    const rule_value *value;
} rule_test;

/* Postfix: a test pushes, AND and OR take two, NOT one. */
typedef struct rule_step {
    rule_op op;
    int test; /* of OP_TEST */
} rule_step;

typedef struct segment_rule {
    const char *name, *condition;
    int first_step, steps;
    uint64_t mentions; /* a bit a word */
} segment_rule;

struct ku_rules {
    const ku_rule_word *words;
    int rules, tests, depth; /* depth: of the stack any of them needs */
    segment_rule *rule;
    rule_step *step;
    rule_test *test;
};

#endif
