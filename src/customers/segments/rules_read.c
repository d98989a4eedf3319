/* rules_read.c - reads the rules of segments.
 *
 * The language is small enough to be read by descent, one token ahead:
 *
 *     rules     = rule { (newline | ";") rule }
 *     rule      = name ":" either
 *     either    = both { "or" both }
 *     both      = one { "and" one }
 *     one       = "not" one | "(" either ")" | "otherwise" | column test
 *     test      = ("=" | "!=" | "<" | "<=" | ">" | ">=") value
 *               | [ "not" ] ( "in" "(" value { "," value } ")" | "between" value "and" value
 *                           | "contains" text )
 *               | "is" [ "not" ] ( "known" | "unknown" )
 *
 * A condition becomes steps in postfix order. Whoever writes rules is no programmer: each
 * error says where it is, what stands there and what could stand there instead. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "base/text.h"
#include "customers/segments/rules_internal.h"

enum { TEXT_LIMIT = 100000, NAME_LIMIT = 80, NESTING = 50 };

typedef enum token_kind {
    T_END, /* of the text */
    T_LINE,
    T_SEMICOLON,
    T_WORD,
    T_NUMBER,
    T_DATE,
    T_TEXT,
    T_COMPARE,
    T_OPEN,
    T_CLOSE,
    T_COMMA,
    T_STRAY /* a character that means nothing, or a text without its end */
} token_kind;

typedef struct token {
    token_kind kind;
    const char *at;
    size_t length;
    double number;
} token;

typedef struct reader {
    const char *text, *end;
    const char *next; /* behind the token */
    token token;
    const ku_rule_word *words;
    ku_arena *arena;
    ku_rules *rules;
    segment_rule *rule; /* the one that is read */
    rule_value *value;
    int values, steps, height, nesting;
    ku_error *err;
} reader;

/* ---- where and what ---------------------------------------------------------------------- */

static ku_status refuse_at(reader *r, const char *at, const char *format, ...) KU_PRINTF(3, 4);

static ku_status refuse_at(reader *r, const char *at, const char *format, ...)
{
    int line = 1;
    const char *start = r->text;
    for (const char *p = r->text; p < at; p++)
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    char where[64];
    snprintf(where, sizeof where, "line %d, column %zu", line,
             ku_utf8_count(start, (size_t)(at - start)) + 1);
    va_list args;
    va_start(args, format);
    ku_status status = ku_error_setv(r->err, KU_USAGE, where, format, args);
    va_end(args);
    return status;
}

/* The token as it can be shown. */
static const char *found(reader *r)
{
    const token *t = &r->token;
    size_t shown = ku_utf8_cut(t->at, t->length, 40);
    switch (t->kind) {
    case T_END:
        return "the end of the rules";
    case T_LINE:
        return "the end of the line";
    case T_STRAY:
        if (*t->at == '"' || *t->at == '\'') return "a text whose closing quote is missing";
        break;
    default:
        break;
    }
    return ku_arena_printf(r->arena, "'%.*s'%s", (int)shown, t->at, shown < t->length ? " .." : "");
}

static ku_status refuse(reader *r, const char *expected)
{
    return refuse_at(r, r->token.at, "found %s, expected %s", found(r), expected);
}

/* ---- tokens ------------------------------------------------------------------------------ */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 128;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_blanks(const reader *r, const char *p)
{
    for (; p < r->end; p++) {
        if (*p == '#')
            while (p + 1 < r->end && p[1] != '\n') p++;
        else if (*p != ' ' && *p != '\t' && *p != '\r')
            break;
    }
    return p;
}

static size_t number_length(const char *p, const char *end)
{
    const char *start = p;
    if (*p == '-' || *p == '+') p++;
    while (p < end && (is_digit(*p) || *p == '.')) p++;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *e = p + 1;
        if (e < end && (*e == '-' || *e == '+')) e++;
        if (e < end && is_digit(*e)) {
            while (e < end && is_digit(*e)) e++;
            p = e;
        }
    }
    return (size_t)(p - start);
}

static token read_number(const char *p, const char *end)
{
    token t = {.kind = T_DATE, .at = p};
    int32_t day;
    ku_error ignored;
    size_t length = 0;
    while (p + length < end && length < 10 && (is_digit(p[length]) || p[length] == '-')) length++;
    bool date = length == 10 && p[4] == '-' && p[7] == '-';
    if (date && ku_date_parse(p, 10, KU_DATE_YMD, &day, &ignored) == KU_OK) {
        t.length = 10;
        t.number = day;
        return t;
    }
    t.kind = T_NUMBER;
    t.length = number_length(p, end);
    if (ku_parse_double(p, t.length, '.', &t.number, &ignored) != KU_OK || !isfinite(t.number))
        t.kind = T_STRAY;
    else if (p + t.length < end && p[t.length] == '%') {
        t.length++;
        t.number /= 100;
    }
    return t;
}

static token read_quoted(const char *p, const char *end)
{
    const char *close = p + 1;
    while (close < end && *close != *p && *close != '\n') close++;
    bool closed = close < end && *close == *p;
    return (token){closed ? T_TEXT : T_STRAY, p, (size_t)(close - p) + closed, 0};
}

static token read_sign(const char *p, const char *end)
{
    static const struct {
        const char *text;
        token_kind kind;
    } sign[] = {
        {"==", T_COMPARE}, {"!=", T_COMPARE}, {"<>", T_COMPARE}, {"<=", T_COMPARE},
        {">=", T_COMPARE}, {"=", T_COMPARE},  {"<", T_COMPARE},  {">", T_COMPARE},
        {"(", T_OPEN},     {")", T_CLOSE},    {",", T_COMMA},    {";", T_SEMICOLON},
        {"\n", T_LINE},
    };
    for (size_t i = 0; i < sizeof sign / sizeof *sign; i++) {
        size_t length = strlen(sign[i].text);
        if ((size_t)(end - p) >= length && memcmp(p, sign[i].text, length) == 0)
            return (token){sign[i].kind, p, length, 0};
    }
    return (token){T_STRAY, p, 1, 0};
}

static token token_at(const reader *r, const char *p)
{
    p = skip_blanks(r, p);
    if (p >= r->end) return (token){T_END, r->end, 0, 0};
    if (is_letter(*p)) {
        size_t length = 1;
        while (p + length < r->end && (is_letter(p[length]) || is_digit(p[length]))) length++;
        return (token){T_WORD, p, length, 0};
    }
    bool sign = (*p == '-' || *p == '+' || *p == '.') && p + 1 < r->end &&
                (is_digit(p[1]) || p[1] == '.');
    if (is_digit(*p) || sign) return read_number(p, r->end);
    if (*p == '"' || *p == '\'') return read_quoted(p, r->end);
    return read_sign(p, r->end);
}

static void take(reader *r)
{
    r->token = token_at(r, r->next);
    r->next = r->token.at + r->token.length;
}

/* Where a condition cannot end, the end of a line means nothing. */
static void skip_lines(reader *r)
{
    while (r->token.kind == T_LINE) take(r);
}

static bool same_word(const token *t, const char *word)
{
    if (t->kind != T_WORD || t->length != strlen(word)) return false;
    for (size_t i = 0; i < t->length; i++)
        if (ku_char_lower(t->at[i]) != word[i]) return false;
    return true;
}

static bool accept(reader *r, const char *word)
{
    if (!same_word(&r->token, word)) return false;
    take(r);
    return true;
}

/* Whether the line begins a rule: it has a colon outside of quotes. */
static bool names_rule(const reader *r, const char *line)
{
    char quote = 0;
    for (const char *p = line; p < r->end && *p != '\n' && *p != ';'; p++) {
        if (quote == 0 && (*p == ':' || *p == '#')) return *p == ':';
        if (quote == 0 && (*p == '"' || *p == '\''))
            quote = *p;
        else if (*p == quote)
            quote = 0;
    }
    return false;
}

/* `word` here, or at the begin of a line that goes on with the condition. */
static bool accept_join(reader *r, const char *word)
{
    const reader here = *r;
    bool new_line = r->token.kind == T_LINE;
    skip_lines(r);
    bool joins = same_word(&r->token, word) && !(new_line && names_rule(r, r->token.at));
    if (joins)
        take(r);
    else
        *r = here;
    return joins;
}

/* ---- steps ------------------------------------------------------------------------------- */

static void add_step(reader *r, rule_op op, int test)
{
    r->rules->step[r->steps++] = (rule_step){op, test};
    r->rule->steps++;
    if (op == OP_TEST || op == OP_ALWAYS) r->height++;
    if (op == OP_AND || op == OP_OR) r->height--;
    if (r->height > r->rules->depth) r->rules->depth = r->height;
}

static void add_test(reader *r, rule_test_kind kind, int word, int values)
{
    r->rules->test[r->rules->tests] = (rule_test){
        .kind = kind,
        .word = word,
        .is_text = r->words[word].kind == KU_RULE_TEXT,
        .values = values,
        .value = r->value + r->values - values,
    };
    r->rule->mentions |= UINT64_C(1) << word;
    add_step(r, OP_TEST, r->rules->tests++);
}

/* ---- tests ------------------------------------------------------------------------------- */

static const char *word_name(const void *data, size_t i)
{
    return ((const ku_rule_word *)data)[i].name;
}

static ku_status unknown_word(reader *r)
{
    ku_text known = {0};
    size_t count = 0;
    for (; r->words[count].name != NULL; count++)
        if (known.length < 300)
            ku_text_addf(&known, "%s%s", count > 0 ? ", " : "", r->words[count].name);
        else if (!ku_text_ends(ku_text_string(&known), " .."))
            ku_text_add(&known, " ..");
    const char *word = ku_arena_strndup(r->arena, r->token.at, r->token.length);
    const char *nearest = ku_text_nearest(word, count, word_name, r->words);
    ku_status status = nearest != NULL
                           ? refuse_at(r, r->token.at,
                                       "found %s, which is no column; did you mean %s?", found(r),
                                       nearest)
                           : refuse_at(r, r->token.at, "found %s, expected a column: %s", found(r),
                                       ku_text_string(&known));
    ku_text_clear(&known);
    return status;
}

static ku_status read_word(reader *r, int *word)
{
    if (r->token.kind != T_WORD)
        return refuse(r, "a column (as in 'purchases >= 6'), not, ( or otherwise");
    for (int i = 0; r->words[i].name != NULL; i++)
        if (same_word(&r->token, r->words[i].name)) {
            *word = i;
            take(r);
            return KU_OK;
        }
    return unknown_word(r);
}

static const char *kind_needs(ku_rule_kind kind)
{
    static const char *const needs[] = {[KU_RULE_NUMBER] = "a number",
                                        [KU_RULE_DATE] = "a date such as 2026-11-23",
                                        [KU_RULE_TEXT] = "a text in quotes",
                                        [KU_RULE_YES] = "yes or no"};
    return needs[kind];
}

static ku_status read_value(reader *r, int word)
{
    const token before = r->token;
    skip_lines(r);
    const token *t = &r->token;
    rule_value v = {.number = t->number};
    ku_rule_kind kind = r->words[word].kind;
    bool yes = same_word(t, "yes") || same_word(t, "true");
    bool no = same_word(t, "no") || same_word(t, "false");
    bool good = (kind == KU_RULE_NUMBER && t->kind == T_NUMBER) ||
                (kind == KU_RULE_DATE && t->kind == T_DATE) ||
                (kind == KU_RULE_TEXT && t->kind == T_TEXT) || (kind == KU_RULE_YES && (yes || no));
    if (!good) {
        r->token = before; /* the end of a line is what is wrong, not what the next begins with */
        return refuse(r, ku_arena_printf(r->arena, "%s to compare %s with", kind_needs(kind),
                                         r->words[word].name));
    }
    if (kind == KU_RULE_YES) v.number = yes;
    if (kind == KU_RULE_TEXT) v.text = ku_arena_strndup(r->arena, t->at + 1, t->length - 2);
    r->value[r->values++] = v;
    take(r);
    return KU_OK;
}

static ku_status read_comparison(reader *r, int word)
{
    const token sign = r->token;
    char first = sign.at[0], second = sign.length > 1 ? sign.at[1] : ' ';
    bool equal = first == '=' || first == '!' || (first == '<' && second == '>');
    ku_rule_kind kind = r->words[word].kind;
    if (!equal && (kind == KU_RULE_TEXT || kind == KU_RULE_YES))
        return refuse_at(r, sign.at, "found %s, but %s is %s; expected =, != or in", found(r),
                         r->words[word].name, kind == KU_RULE_TEXT ? "a text" : "yes or no");
    take(r);
    KU_TRY(read_value(r, word));
    if (equal) {
        add_test(r, TEST_IN, word, 1);
        if (first != '=') add_step(r, OP_NOT, 0);
        return KU_OK;
    }
    /* x > v is not (x <= v), x >= v is not (x < v): also where x is not known */
    bool at_most = (first == '<') == (second == '=');
    add_test(r, at_most ? TEST_AT_MOST : TEST_LESS, word, 1);
    if (first == '>') add_step(r, OP_NOT, 0);
    return KU_OK;
}

static ku_status read_in(reader *r, int word)
{
    skip_lines(r);
    if (r->token.kind != T_OPEN) return refuse(r, "( and a list of values behind 'in'");
    int values = 0;
    do {
        take(r);
        KU_TRY(read_value(r, word));
        values++;
        skip_lines(r);
    } while (r->token.kind == T_COMMA);
    if (r->token.kind != T_CLOSE) return refuse(r, "a comma or ) in the list of values");
    take(r);
    add_test(r, TEST_IN, word, values);
    return KU_OK;
}

static ku_status read_between(reader *r, int word)
{
    ku_rule_kind kind = r->words[word].kind;
    if (kind != KU_RULE_NUMBER && kind != KU_RULE_DATE)
        return refuse_at(r, r->token.at, "'between' needs a column of numbers or dates; %s is %s",
                         r->words[word].name, kind == KU_RULE_TEXT ? "a text" : "yes or no");
    skip_lines(r);
    const char *low = r->token.at;
    KU_TRY(read_value(r, word));
    skip_lines(r);
    if (!accept(r, "and")) return refuse(r, "'and' between the two values of 'between'");
    KU_TRY(read_value(r, word));
    if (r->value[r->values - 2].number > r->value[r->values - 1].number)
        return refuse_at(r, low,
                         "nothing is between the two values: the first is the larger; "
                         "expected the smaller one first");
    add_test(r, TEST_BETWEEN, word, 2);
    return KU_OK;
}

static ku_status read_contains(reader *r, int word)
{
    if (r->words[word].kind != KU_RULE_TEXT)
        return refuse_at(r, r->token.at, "'contains' needs a column of texts; %s is %s",
                         r->words[word].name, kind_needs(r->words[word].kind));
    KU_TRY(read_value(r, word));
    add_test(r, TEST_CONTAINS, word, 1);
    return KU_OK;
}

static ku_status read_is(reader *r, int word)
{
    bool negated = accept(r, "not");
    bool known = accept(r, "known");
    if (!known && !accept(r, "unknown")) return refuse(r, "known or unknown behind 'is'");
    add_test(r, TEST_KNOWN, word, 0);
    if (known == negated) add_step(r, OP_NOT, 0);
    return KU_OK;
}

static ku_status read_test(reader *r)
{
    int word = 0;
    KU_TRY(read_word(r, &word));
    skip_lines(r);
    if (r->token.kind == T_COMPARE) return read_comparison(r, word);
    if (accept(r, "is")) return read_is(r, word);
    bool negated = accept(r, "not");
    if (accept(r, "in"))
        KU_TRY(read_in(r, word));
    else if (accept(r, "between"))
        KU_TRY(read_between(r, word));
    else if (accept(r, "contains"))
        KU_TRY(read_contains(r, word));
    else
        return refuse(r, negated ? "in, between or contains behind 'not'"
                                 : "a comparison: =, !=, <, <=, >, >=, between, in, contains, is");
    if (negated) add_step(r, OP_NOT, 0);
    return KU_OK;
}

/* ---- conditions -------------------------------------------------------------------------- */

static ku_status read_either(reader *r);

static ku_status enter(reader *r)
{
    if (++r->nesting <= NESTING) return KU_OK;
    return refuse_at(r, r->token.at, "found more than %d parentheses or 'not' within each other",
                     NESTING);
}

static ku_status read_one(reader *r)
{
    skip_lines(r);
    if (accept(r, "otherwise")) {
        add_step(r, OP_ALWAYS, 0);
        return KU_OK;
    }
    if (accept(r, "not")) {
        KU_TRY(enter(r));
        KU_TRY(read_one(r));
        r->nesting--;
        add_step(r, OP_NOT, 0);
        return KU_OK;
    }
    if (r->token.kind != T_OPEN) return read_test(r);
    KU_TRY(enter(r));
    take(r);
    KU_TRY(read_either(r));
    skip_lines(r);
    if (r->token.kind != T_CLOSE) return refuse(r, "and, or, or a closing parenthesis");
    r->nesting--;
    take(r);
    return KU_OK;
}

static ku_status read_both(reader *r)
{
    KU_TRY(read_one(r));
    while (accept_join(r, "and")) {
        KU_TRY(read_one(r));
        add_step(r, OP_AND, 0);
    }
    return KU_OK;
}

static ku_status read_either(reader *r)
{
    KU_TRY(read_both(r));
    while (accept_join(r, "or")) {
        KU_TRY(read_both(r));
        add_step(r, OP_OR, 0);
    }
    return KU_OK;
}

/* ---- rules ------------------------------------------------------------------------------- */

static ku_status check_name(reader *r, const char *at, ku_span name)
{
    if (name.length == 0)
        return refuse_at(r, at, "found a colon, expected the name of a segment before it");
    if (ku_utf8_count(name.at, name.length) > NAME_LIMIT)
        return refuse_at(r, at, "the name of the segment is longer than %d characters", NAME_LIMIT);
    for (int i = 0; i + 1 < r->rules->rules; i++)
        if (ku_text_fold_equal(r->rules->rule[i].name, r->rule->name))
            return refuse_at(r, at, "found a second rule called '%s'; join the two by 'or'",
                             r->rule->name);
    return KU_OK;
}

/* The text up to the colon; the reader stands behind it then. */
static ku_status read_name(reader *r)
{
    const char *at = skip_blanks(r, r->next), *p = at;
    while (p < r->end && *p != ':' && *p != '\n' && *p != ';') p++;
    if (p >= r->end || *p != ':')
        return refuse_at(r, p,
                         "found %s, expected a colon: a rule is 'Name: condition', as in "
                         "'Regulars: purchases >= 6'",
                         p >= r->end ? "the end of the rules"
                         : *p == ';' ? "';'"
                                     : "the end of the line");
    ku_span name = ku_text_trim(at, (size_t)(p - at));
    r->rule->name = ku_arena_strndup(r->arena, name.at, name.length);
    r->next = p + 1;
    return check_name(r, at, name);
}

/* A condition as it was written, on one line and without remarks. */
static const char *one_line(reader *r, const char *from, const char *to)
{
    char *text = ku_arena_alloc(r->arena, (size_t)(to - from) + 1), *at = text;
    char quote = 0;
    for (const char *p = from; p < to; p++) {
        if (quote == 0 && *p == '#')
            while (p + 1 < to && p[1] != '\n') p++;
        else if (quote == 0 && (*p == '\n' || *p == '\r' || *p == '\t' || *p == ' ')) {
            if (at > text && at[-1] != ' ') *at++ = ' ';
        } else {
            if (quote == 0 && (*p == '"' || *p == '\''))
                quote = *p;
            else if (*p == quote)
                quote = 0;
            *at++ = *p;
        }
    }
    while (at > text && at[-1] == ' ') at--;
    *at = '\0';
    return text;
}

static ku_status read_rule(reader *r)
{
    if (r->rules->rules == KU_RULES_MOST)
        return refuse_at(r, r->next, "found more than %d rules", KU_RULES_MOST);
    r->rule = &r->rules->rule[r->rules->rules++];
    *r->rule = (segment_rule){.first_step = r->steps};
    r->height = r->nesting = 0;
    KU_TRY(read_name(r));
    const char *from = r->next;
    take(r);
    KU_TRY(read_either(r));
    r->rule->condition = one_line(r, from, r->token.at);
    if (r->token.kind != T_LINE && r->token.kind != T_SEMICOLON && r->token.kind != T_END)
        return refuse(r, "and, or, or the end of the line");
    return KU_OK;
}

/* Moves to the next rule; false at the end of the text. */
static bool more_rules(reader *r)
{
    for (;;) {
        r->next = skip_blanks(r, r->next);
        if (r->next >= r->end) return false;
        if (*r->next != '\n' && *r->next != ';') return true;
        r->next++;
    }
}

static ku_status check_text(reader *r, size_t length)
{
    if (length > TEXT_LIMIT)
        return ku_error_set(r->err, KU_USAGE, "", "the rules are longer than %d bytes", TEXT_LIMIT);
    size_t bad;
    if (!ku_utf8_valid(r->text, length, &bad))
        return refuse_at(r, r->text + bad, "found a byte that is no text (UTF-8)");
    return KU_OK;
}

ku_status ku_rules_parse(const char *text, const ku_rule_word *words, ku_arena *arena,
                         ku_rules **rules, ku_error *err)
{
    size_t length = strlen(text), room = length < TEXT_LIMIT ? length + 4 : 4;
    reader r = {.text = text, .end = text + length, .next = text, .words = words, .arena = arena};
    r.err = err;
    r.rules = KU_NEW(arena, ku_rules);
    r.rules->words = words;
    KU_TRY(check_text(&r, length));
    /* each step, test and value takes at least one byte of the text */
    r.rules->rule = KU_ARRAY(arena, KU_RULES_MOST, segment_rule);
    r.rules->step = KU_ARRAY(arena, 2 * room, rule_step);
    r.rules->test = KU_ARRAY(arena, room, rule_test);
    r.value = KU_ARRAY(arena, room, rule_value);
    while (more_rules(&r)) {
        KU_TRY(read_rule(&r));
        r.next = r.token.at; /* the line's end belongs to nobody */
    }
    if (r.rules->rules == 0)
        return refuse_at(&r, text,
                         "found no rule; expected lines like 'Regulars: purchases >= 6 "
                         "and recency < 90'");
    *rules = r.rules;
    return KU_OK;
}
