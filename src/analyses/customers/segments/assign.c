/* assign.c - who belongs where: by scores, by rules of the director's own.
 *
 * A year before is judged as today: by today's borders and today's rules, so that a segment
 * that grows has grown and not been cut anew. */
#include <math.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"
#include "base/format.h"
#include "base/text.h"

/* ---- scores ------------------------------------------------------------------------------- */

static ku_rfm_customers rfm_of(segmentation *s, segments_people *people)
{
    bool words[WORDS] = {false};
    words[WORD_RECENCY] = words[WORD_PURCHASES] = words[WORD_SPEND] = true;
    words[WORD_PURCHASES_EVER] = true;
    segments_need(s, people, words);
    return (ku_rfm_customers){
        .rows = people->rows,
        .recency = people->column[WORD_RECENCY].number,
        .purchases = people->column[WORD_PURCHASES].number,
        .spend = people->column[WORD_SPEND].number,
        .ever = people->column[WORD_PURCHASES_EVER].number,
    };
}

static void score_people(segmentation *s, segments_people *people, const ku_rfm_borders *borders,
                         bool assign)
{
    const ku_rfm_customers customers = rfm_of(s, people);
    double *score[3];
    int32_t *segment = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *segment);
    for (int k = 0; k < 3; k++) {
        score[k] = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof **score);
        people->column[WORD_R + k].number = score[k];
    }
    ku_rfm_assign(&customers, borders, s->arena, ku_run_pool(s->context), score[0], score[1],
                  score[2], segment);
    if (assign) people->segment = segment;
}

/* Whether all values of those who bought are the same. */
static bool all_alike(const double *value, const double *purchases, size_t rows)
{
    double first = NAN;
    for (size_t i = 0; i < rows; i++) {
        if (!(purchases[i] > 0)) continue;
        if (isnan(first)) first = value[i];
        if (value[i] < first || value[i] > first) return false;
    }
    return !isnan(first);
}

static void remark_alike(segmentation *s, const ku_rfm_customers *c)
{
    const struct {
        const double *value;
        const char *text;
    } figure[] = {
        {c->recency, "All customers bought last on the same day, so how lately they bought tells "
                     "nothing: all have the middle score."},
        {c->purchases, "All customers bought equally often, so the number of purchases tells "
                       "nothing: all have the middle score."},
        {c->spend, "All customers spent the same, so spend tells nothing: all have the middle "
                   "score."},
    };
    if (s->now.rows == 1) {
        ku_run_remark(s->context, KU_WARN, "customers",
                      "There is only one customer, who can be compared with nobody.");
        return;
    }
    for (size_t k = 0; k < sizeof figure / sizeof *figure; k++)
        if (all_alike(figure[k].value, c->purchases, c->rows))
            ku_run_remark(s->context, KU_WARN, "scores", "%s", figure[k].text);
}

void segments_score(segmentation *s, bool assign)
{
    ku_rfm_borders borders;
    const ku_rfm_customers now = rfm_of(s, &s->now);
    ku_rfm_learn(&now, s->arena, &borders);
    score_people(s, &s->now, &borders, assign);
    score_people(s, &s->then, &borders, assign);
    if (!assign) return;
    remark_alike(s, &now);
    for (const ku_rfm_segment *k = ku_rfm_segments; k->name != NULL; k++)
        s->group[s->groups++] = (segments_group){k->name, k->rule, k->reason, k->action};
}

/* ---- rules: their text ------------------------------------------------------------------------ */

/* A cell without what would end its rule. */
static ku_status add_rule_line(const ku_frame *lines, int64_t row, ku_text *text, ku_arena *arena,
                               ku_error *err)
{
    const char *name = ku_column_text(ku_frame_column(lines, "segment"), row, arena);
    char *rule = ku_column_text(ku_frame_column(lines, "rule"), row, arena);
    const char *where = ku_arena_printf(arena, "table rules, row %lld", (long long)row + 1);
    if (name == NULL || name[strspn(name, " \t")] == '\0')
        return ku_error_set(err, KU_BAD_DATA, where,
                            "found no name, expected the name of a segment");
    if (strpbrk(name, ":;#\r\n") != NULL)
        return ku_error_set(err, KU_BAD_DATA, where,
                            "found the name '%s', expected one without : ; # and line breaks",
                            name);
    if (rule == NULL || rule[strspn(rule, " \t\r\n")] == '\0')
        return ku_error_set(err, KU_BAD_DATA, where,
                            "found no rule for '%s', expected a condition such as purchases >= 6",
                            name);
    for (char *c = rule; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    ku_text_addf(text, "%s: %s\n", name, rule);
    return KU_OK;
}

static ku_status rules_of_table(segmentation *s, const ku_frame *lines, ku_error *err)
{
    ku_text text = {0};
    ku_status status = KU_OK;
    for (int64_t row = 0; row < lines->rows && status == KU_OK; row++)
        status = add_rule_line(lines, row, &text, s->arena, err);
    ku_rules *rules = NULL;
    if (status == KU_OK) status = ku_text_check(&text, err);
    if (status == KU_OK) {
        status = ku_rules_parse(ku_text_string(&text), segments_words, s->arena, &rules, err);
        if (status == KU_USAGE) {
            const char *where = ku_arena_strdup(s->arena, err->where);
            ku_error_set(err, KU_BAD_DATA, NULL, "%s", ku_arena_strdup(s->arena, err->message));
            status = KU_BAD_DATA;
            ku_error_at(err, "table rules, written as 'segment: rule', %s", where);
        }
    }
    ku_text_clear(&text);
    s->rules = rules;
    if (status == KU_OK && ku_rules_count(rules) != lines->rows)
        return ku_error_set(err, KU_BAD_DATA, "table rules",
                            "found a ; within a rule, expected one rule in each row");
    return status;
}

static ku_status read_rules(segmentation *s, const ku_params *params, ku_error *err)
{
    const ku_frame *lines = ku_frames_find(s->in, "rule_lines");
    const char *text = ku_param_text_value(params, "rules");
    bool given = text != NULL && text[strspn(text, " \t\r\n")] != '\0';
    if (given && lines->rows > 0)
        return ku_error_set(err, KU_USAGE, "rules",
                            "rules are given twice, as a text and as a table; give one of them");
    if (!given && lines->rows == 0)
        return ku_error_set(err, KU_USAGE, "rules",
                            "no rules are given; expected lines like 'Regulars: purchases >= 6 and "
                            "recency < 90', or a table of segment and rule");
    if (!given) return rules_of_table(s, lines, err);
    ku_rules *rules = NULL;
    ku_status status = ku_rules_parse(text, segments_words, s->arena, &rules, err);
    if (status == KU_USAGE)
        return ku_error_at(err, "rules, %s", ku_arena_strdup(s->arena, err->where));
    s->rules = rules;
    return status;
}

/* ---- rules: who fits ---------------------------------------------------------------------------- */

static void assign_rules(segmentation *s, segments_people *people)
{
    bool words[WORDS];
    for (int w = 0; w < WORDS; w++) {
        words[w] = false;
        for (int k = 0; k < ku_rules_count(s->rules); k++)
            words[w] |= ku_rules_mention(s->rules, k, w);
    }
    segments_need(s, people, words);
    people->segment = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *people->segment);
    people->held = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *people->held);
    ku_rules_assign(s->rules, people->column, people->rows, s->arena, ku_run_pool(s->context),
                    people->segment, people->held);
    for (size_t i = 0; i < people->rows; i++)
        if (people->segment[i] < 0) people->segment[i] = ku_rules_count(s->rules);
}

/* Rules that hold for everybody, as `otherwise`: no wonder that others hold as well. */
static int rules_for_all(const ku_rules *rules)
{
    int count = 0;
    for (int k = 0; k < ku_rules_count(rules); k++) {
        bool speaks = false;
        for (int w = 0; w < WORDS; w++) speaks |= ku_rules_mention(rules, k, w);
        count += !speaks;
    }
    return count;
}

static void remark_fits(segmentation *s)
{
    int rules = ku_rules_count(s->rules), for_all = rules_for_all(s->rules);
    int64_t none = 0, several = 0, *taken = KU_ARRAY(s->arena, (size_t)rules + 1, int64_t);
    char a[KU_NUMBER_TEXT], b[KU_NUMBER_TEXT];
    for (size_t i = 0; i < s->now.rows; i++) {
        none += s->now.held[i] == 0;
        several += s->now.held[i] - for_all > 1;
        taken[s->now.segment[i]]++;
    }
    ku_format_int(b, (int64_t)s->now.rows, NULL);
    if (none > 0)
        ku_run_remark(s->context, KU_NOTE, "no rule",
                      "%s of %s customers fit no rule; they are shown as '%s'.",
                      ku_format_int(a, none, NULL), b, s->group[rules].name);
    if (several > 0)
        ku_run_remark(s->context, KU_NOTE, "overlap",
                      "%s of %s customers fit more than one rule; the first of them takes each.",
                      ku_format_int(a, several, NULL), b);
    for (int k = 0; k < rules; k++)
        if (taken[k] == 0)
            ku_run_remark(s->context, KU_WARN, "nobody", "No customer is taken by the rule '%s'.",
                          ku_rules_name(s->rules, k));
}

static void remark_unknown(segmentation *s)
{
    enum { SHOWN = 5 };
    ku_rule_stranger stranger[SHOWN];
    int count = ku_rules_strangers(s->rules, s->now.column, s->arena, stranger, SHOWN);
    for (int i = 0; i < count && i < SHOWN; i++)
        ku_run_remark(s->context, KU_WARN, "rules",
                      "The rule '%s' asks for %s \"%s\", which no customer has%s%s%s",
                      ku_rules_name(s->rules, stranger[i].rule),
                      segments_words[stranger[i].word].name, stranger[i].text,
                      stranger[i].nearest != NULL ? "; is it \"" : "",
                      stranger[i].nearest != NULL ? stranger[i].nearest : "",
                      stranger[i].nearest != NULL ? "\"?" : ".");
    for (int w = 0; w < WORDS; w++) {
        const ku_rule_column *c = &s->now.column[w];
        bool asked = false, known = false;
        for (int k = 0; k < ku_rules_count(s->rules); k++)
            asked |= ku_rules_mention(s->rules, k, w);
        for (size_t i = 0; asked && !known && i < s->now.rows; i++)
            known = c->code != NULL ? c->code[i] >= 0 : !isnan(c->number[i]);
        if (asked && !known)
            ku_run_remark(s->context, KU_WARN, "rules",
                          "Nothing is known of '%s' (%s) for any customer, so no rule about it "
                          "holds.",
                          segments_words[w].name, segments_words[w].about);
    }
}

/* What the table says to do about a segment; "" for rules given as a text. */
static const char *action_of(const segmentation *s, int rule)
{
    const ku_frame *lines = ku_frames_find(s->in, "rule_lines");
    if (rule >= lines->rows) return "";
    const char *text = ku_column_text(ku_frame_column(lines, "action"), rule, s->arena);
    return text != NULL ? text : "";
}

ku_status segments_by_rules(segmentation *s, const ku_params *params, ku_error *err)
{
    KU_TRY(read_rules(s, params, err));
    for (int k = 0; k < ku_rules_count(s->rules); k++)
        s->group[s->groups++] = (segments_group){
            ku_rules_name(s->rules, k), ku_rules_condition(s->rules, k), "", action_of(s, k)};
    const char *rest = "No rule";
    for (int k = 0; k < s->groups; k++)
        if (ku_text_fold_equal(s->group[k].name, rest)) rest = "None of the rules";
    s->group[s->groups++] = (segments_group){rest, "no rule holds", "no rule holds", ""};
    assign_rules(s, &s->now);
    assign_rules(s, &s->then);
    remark_fits(s);
    remark_unknown(s);
    return KU_OK;
}
