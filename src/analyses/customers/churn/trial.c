/* trial.c - reads an experiment: arms, outcomes, and further columns as features. */
#include "analyses/customers/churn/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FEWEST_PEOPLE = 30, MOST_LEVELS = 12 };

static const double rarest = 0.005; /* share of people a level needs to be told apart */

/* ---- arms ----------------------------------------------------------------------------------- */

static bool holds_text(const ku_column *column)
{
    return column != NULL && column->type == KU_TEXT && column->nulls < column->rows;
}

/* The column that --arm names, else `arm`, else the first of the usual names. */
static const ku_column *find_arm(const ku_frame *frame, const ku_params *params, ku_error *err)
{
    static const char *const usual[] = {"arm", "group", "treatment", "variant", "segment"};
    if (ku_param_set(params, "arm")) {
        const char *name = ku_param_text_value(params, "arm");
        const ku_column *column = ku_frame_column(frame, name);
        if (holds_text(column)) return column;
        ku_error_set(err, KU_BAD_DATA, "--arm",
                     column == NULL ? "the experiment has no column '%s'"
                                    : "the column '%s' does not hold names of arms",
                     name);
        return NULL;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (holds_text(ku_frame_column(frame, usual[i]))) return ku_frame_column(frame, usual[i]);
    ku_error_set(err, KU_BAD_DATA, "experiment",
                 "no column says who was in which arm; expected one called arm, or --arm COLUMN");
    return NULL;
}

static const char *name_of(const ku_column *column, int32_t code, ku_arena *arena)
{
    int32_t length;
    const char *name = ku_dictionary_at(&column->dictionary, code, &length);
    return ku_arena_strndup(arena, name, (size_t)length);
}

static bool looks_untreated(const char *name)
{
    static const char *const known[] = {"none",     "nothing",   "control", "holdout",
                                        "hold-out", "untreated", "0"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (ku_text_fold_equal(name, known[i])) return true;
    return (name[0] == 'N' || name[0] == 'n') && (name[1] == 'o' || name[1] == 'O') &&
           (name[2] == ' ' || name[2] == '-' || name[2] == '\0');
}

/* Which of the arms is the control; -1 when nothing tells. */
static int find_control(const trial *t, const ku_params *params)
{
    bool given = ku_param_set(params, "control");
    int found = -1, count = 0;
    for (int a = 0; a < t->arms; a++) {
        bool is = given ? strcmp(t->arm_name[a], ku_param_text_value(params, "control")) == 0
                        : looks_untreated(t->arm_name[a]);
        if (!is) continue;
        found = a;
        count++;
    }
    return count == 1 ? found : -1;
}

static ku_status no_control(const trial *t, const ku_params *params, ku_error *err)
{
    ku_text names = {0};
    for (int a = 0; a < t->arms; a++)
        ku_text_addf(&names, "%s'%.40s'", a > 0 ? ", " : "", t->arm_name[a]);
    ku_status status = ku_error_set(
        err, KU_BAD_DATA, "experiment", "%s; the arms are %s: say which got nothing by --control",
        ku_param_set(params, "control") ? "no arm has the name that --control gives"
                                        : "no arm is known by its name as the one that got nothing",
        ku_text_string(&names));
    ku_text_clear(&names);
    return status;
}

static ku_status check_arms(const trial *t, const double *people, ku_error *err)
{
    if (t->arms < 2)
        return ku_error_set(err, KU_BAD_DATA, "experiment",
                            "there is %s; an experiment needs one more that got nothing",
                            t->arms == 1 ? "only one arm" : "no arm");
    for (int a = 0; a < t->arms; a++)
        if (people[a] < FEWEST_PEOPLE)
            return ku_error_set(err, KU_BAD_DATA, "experiment",
                                "arm '%.60s' has %.0f people; at least %d are needed",
                                t->arm_name[a], people[a], FEWEST_PEOPLE);
    return KU_OK;
}

/* Numbers the arms by name, the control first. */
static ku_status read_arms(trial *t, const ku_column *column, const ku_params *params,
                           ku_run_context *context, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    size_t codes = (size_t)column->dictionary.size;
    int32_t *of_code = KU_ARRAY(arena, codes + 1, int32_t);
    double people[TRIAL_ARMS] = {0};
    for (size_t c = 0; c < codes; c++) of_code[c] = -1;
    t->row = KU_ARRAY(arena, (size_t)column->rows + 1, int64_t);
    t->arm = KU_ARRAY(arena, (size_t)column->rows + 1, int32_t);
    for (int64_t i = 0; i < column->rows; i++) {
        if (!ku_column_valid(column, i)) continue;
        int32_t *arm = &of_code[column->as.codes[i]];
        if (*arm < 0) {
            if (t->arms == TRIAL_ARMS)
                return ku_error_set(err, KU_BAD_DATA, "experiment",
                                    "column %s has more than %d different values; expected the few"
                                    " arms of an experiment",
                                    column->name, TRIAL_ARMS);
            t->arm_name[t->arms] = name_of(column, column->as.codes[i], arena);
            *arm = t->arms++;
        }
        people[*arm]++;
        t->row[t->rows] = i;
        t->arm[t->rows++] = *arm;
    }
    KU_TRY(check_arms(t, people, err));
    int control = find_control(t, params);
    if (control < 0) return no_control(t, params, err);
    const char *first = t->arm_name[0];
    t->arm_name[0] = t->arm_name[control];
    t->arm_name[control] = first;
    for (size_t i = 0; i < t->rows; i++)
        t->arm[i] = t->arm[i] == control ? 0 : t->arm[i] == 0 ? control : t->arm[i];
    for (size_t i = 0; i < t->rows; i++) t->share[t->arm[i]] += 1 / (double)t->rows;
    if ((int64_t)t->rows < column->rows)
        ku_run_remark(context, KU_WARN, "experiment",
                      "%lld people of the experiment are in no arm; they are left out.",
                      (long long)(column->rows - (int64_t)t->rows));
    return KU_OK;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static const struct {
    const char *column, *title, *unit;
} outcomes[] = {{"margin", "Margin", "money"},
                {"spend", "Spend", "money"},
                {"retained", "Stayed", "share"},
                {"conversion", "Bought", "share"},
                {"visit", "Visited", "share"}};

static bool is_binary(const double *y, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (y[i] != 0 && y[i] != 1) return false;
    return true;
}

static ku_status read_outcome(trial *t, const ku_column *column, size_t which, ku_arena *arena,
                              ku_error *err)
{
    trial_outcome *o = &t->outcome[t->outcomes];
    *o = (trial_outcome){.name = outcomes[which].column,
                         .title = outcomes[which].title,
                         .unit = outcomes[which].unit,
                         .y = KU_ARRAY(arena, t->rows + 1, double)};
    for (size_t i = 0; i < t->rows; i++) {
        o->y[i] = ku_column_number(column, t->row[i]);
        if (!isnan(o->y[i])) continue;
        char where[64];
        snprintf(where, sizeof where, "experiment, row %lld, column %s", (long long)t->row[i] + 1,
                 o->name);
        return ku_error_set(err, KU_BAD_DATA, where,
                            "found nothing, expected a number; write 0 where nothing came of it");
    }
    o->binary = is_binary(o->y, t->rows);
    if (!o->binary && strcmp(o->unit, "share") == 0) o->unit = "count";
    t->outcomes++;
    return KU_OK;
}

static bool is_full(const ku_column *column)
{
    return column != NULL && column->rows > 0 && column->nulls == 0;
}

static ku_status read_outcomes(trial *t, const ku_frame *frame, const ku_params *params,
                               ku_arena *arena, ku_error *err)
{
    const char *wanted = ku_param_text_value(params, "outcome");
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++) {
        const ku_column *column = ku_frame_column(frame, outcomes[k].column);
        if (strcmp(outcomes[k].column, "retained") == 0 &&
            (column == NULL || column->nulls == column->rows) &&
            is_full(ku_frame_column(frame, "kemudi_retained")))
            column = ku_frame_column(frame, "kemudi_retained");
        if (column == NULL || column->nulls == column->rows) continue;
        KU_TRY(read_outcome(t, column, k, arena, err));
    }
    if (t->outcomes == 0)
        return ku_error_set(err, KU_BAD_DATA, "experiment",
                            "nothing says what came of it; expected a column visit, conversion,"
                            " spend, margin or retained");
    for (int k = 0; k < t->outcomes; k++)
        if (strcmp(t->outcome[k].name, wanted) == 0) t->main = k;
    if (strcmp(wanted, "best") != 0 && strcmp(t->outcome[t->main].name, wanted) != 0)
        return ku_error_set(err, KU_BAD_DATA, "--outcome", "the experiment has no column '%s'",
                            wanted);
    return KU_OK;
}

/* ---- features --------------------------------------------------------------------------------- */

static bool is_reserved(const char *name)
{
    static const char *const known[] = {
        "customer",   "arm",    "date",     "visit",       "spend",
        "conversion", "margin", "retained", "kemudi_ours", "kemudi_retained"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0) return true;
    return false;
}

/* A finished column, centred and in deviations; a constant one is dropped. */
static void add_feature(trial *t, const char *name, double *value)
{
    double sum = 0, squares = 0, n = 0;
    bool two_values = is_binary(value, t->rows);
    for (size_t i = 0; i < t->rows; i++) {
        sum += isnan(value[i]) ? 0 : value[i];
        n += !isnan(value[i]);
    }
    double mean = n > 0 ? sum / n : 0;
    for (size_t i = 0; i < t->rows; i++) {
        value[i] = isnan(value[i]) ? 0 : value[i] - mean; /* not known: as the mean */
        squares += value[i] * value[i];
    }
    double deviation = sqrt(squares / (double)t->rows);
    if (!(deviation > 1e-9 * (1 + fabs(mean))) || t->features == TRIAL_FEATURES) return;
    for (size_t i = 0; i < t->rows; i++)
        t->x[i * TRIAL_FEATURES + (size_t)t->features] = value[i] / deviation;
    t->feature[t->features++] = (trial_feature){name, two_values, false, mean, deviation};
}

typedef struct counted {
    double people;
    int32_t code;
} counted;

static int by_people(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->people != y->people) return x->people < y->people ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* The most frequent levels of a text column, a column each. */
static void add_levels(trial *t, const ku_column *column, double *value, ku_arena *arena)
{
    size_t codes = (size_t)column->dictionary.size;
    counted *count = KU_ARRAY(arena, codes + 1, counted);
    for (size_t c = 0; c < codes; c++) count[c].code = (int32_t)c;
    for (size_t i = 0; i < t->rows; i++)
        if (ku_column_valid(column, t->row[i])) count[column->as.codes[t->row[i]]].people++;
    qsort(count, codes, sizeof *count, by_people);
    for (size_t k = 0; k < codes && k < MOST_LEVELS; k++) {
        if (count[k].people < rarest * (double)t->rows) break;
        for (size_t i = 0; i < t->rows; i++)
            value[i] = ku_column_valid(column, t->row[i]) &&
                       column->as.codes[t->row[i]] == count[k].code;
        add_feature(
            t, ku_arena_printf(arena, "%s %s", column->name, name_of(column, count[k].code, arena)),
            value);
        if (codes == 2) break; /* the other says the same */
    }
}

static ku_status read_features(trial *t, const ku_frame *frame, const ku_column *arm,
                               ku_arena *arena, ku_error *err)
{
    double *value = KU_ARRAY(arena, t->rows + 1, double);
    t->x = ku_arena_try(arena, (t->rows + 1) * TRIAL_FEATURES * sizeof *t->x);
    if (t->x == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "experiment", "%zu people do not fit into memory",
                            t->rows);
    for (int32_t c = 0; c < frame->columns; c++) {
        const ku_column *column = &frame->column[c];
        if (column == arm || is_reserved(column->name)) continue;
        if (column->type == KU_TEXT) {
            add_levels(t, column, value, arena);
        } else if (column->type == KU_DOUBLE || column->type == KU_INT64 ||
                   column->type == KU_BOOL) {
            for (size_t i = 0; i < t->rows; i++) value[i] = ku_column_number(column, t->row[i]);
            add_feature(t, ku_arena_strdup(arena, column->name), value);
        }
    }
    /* Rows were laid out for the most features there can be. */
    for (size_t i = 0; i < t->rows && t->features > 0; i++)
        memmove(t->x + i * (size_t)t->features, t->x + i * TRIAL_FEATURES,
                (size_t)t->features * sizeof *t->x);
    return KU_OK;
}

ku_status trial_read(const ku_frame *frame, const ku_params *params, ku_run_context *context,
                     trial *out, ku_error *err)
{
    const ku_column *arm = find_arm(frame, params, err);
    const ku_column *ours = ku_frame_column(frame, "kemudi_ours");
    *out = (trial){.customer = ku_frame_column(frame, "customer")};
    if (arm == NULL) return KU_BAD_DATA;
    if (strcmp(arm->name, "arm") != 0)
        ku_run_remark(context, KU_NOTE, "experiment", "The arms are in the column '%s'.",
                      arm->name);
    KU_TRY(read_arms(out, arm, params, context, err));
    KU_TRY(read_outcomes(out, frame, params, ku_run_arena(context), err));
    for (size_t i = 0; i < out->rows; i++)
        out->ours += ku_column_number(ours, out->row[i]) / (double)out->rows;
    return read_features(out, frame, arm, ku_run_arena(context), err);
}
