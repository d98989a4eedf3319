/* policy.c - whom to send what, and what that brings.
 *
 * A rule is judged by people it was not learned from: each person's best arm comes from the
 * other folds, what it brings from the person's own scores, whose mean is unbiased whatever arm
 * the person was in (the doubly robust value; Athey & Wager 2021, Econometrica 89, eq. 9). The
 * best single arm for all is chosen on the other folds, too: else it would be favoured by its
 * own luck. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/churn/effects.h"
#include "base/text.h"

typedef struct rule {
    const char *name;
    double *value; /* of each person, in money, against sending nothing */
    double reached;
    estimate mean;
} rule;

typedef struct judging {
    experiment *e;
    const uplift *u;
    double worth, cost;
    int rules;
    rule rule[TRIAL_ARMS + 3];
} judging;

/* What arm a brings with person i, its cost taken off; 0 is the control. */
static double net(const judging *j, int a, size_t i)
{
    return a == 0 ? 0 : j->worth * (j->u->score[a][i] - j->u->score[0][i]) - j->cost;
}

static rule *new_rule(judging *j, const char *name)
{
    rule *r = &j->rule[j->rules++];
    *r = (rule){
        name, KU_ARRAY(ku_run_arena(j->e->context), j->e->t.rows + 1, double), 0, {0, 0, 0}};
    return r;
}

static void assign(const judging *j, rule *r, size_t i, int a)
{
    r->value[i] = net(j, a, i);
    r->reached += a > 0;
}

static int best_for(const judging *j, size_t i)
{
    int best = 0;
    double most = 0;
    for (int a = 1; a < j->e->t.arms; a++) {
        double gain = j->worth * j->u->effect[a][i] - j->cost;
        if (gain <= most) continue;
        most = gain;
        best = a;
    }
    return best;
}

/* The arm that brought most among those not in fold k; 0 when none brought anything. */
static int best_elsewhere(const judging *j, int k)
{
    int best = 0;
    double most = 0;
    for (int a = 1; a < j->e->t.arms; a++) {
        double sum = 0;
        for (size_t i = 0; i < j->e->t.rows; i++)
            if (j->u->fold[i] != k) sum += net(j, a, i);
        if (sum <= most) continue;
        most = sum;
        best = a;
    }
    return best;
}

static void put_rule(const judging *j, const rule *r, estimate against, bool recommended)
{
    ku_frame_builder *to = j->e->to_policy;
    double n = (double)j->e->t.rows;
    const double value[] = {r->reached / n, n * r->mean.value, n * r->mean.lo, n * r->mean.hi,
                            r->mean.value,  r->mean.lo,        r->mean.hi,     n * against.value,
                            n * against.lo, n * against.hi};
    ku_build_text(to, 0, r->name);
    for (int k = 0; k < 10; k++) ku_build_double(to, 1 + k, value[k]);
    ku_build_bool(to, 11, recommended);
    ku_build_row(to);
}

/* ---- the list -------------------------------------------------------------------------------- */

typedef struct target {
    double gain;
    size_t i;
    int arm;
} target;

static int by_gain(const void *a, const void *b)
{
    const target *x = a, *y = b;
    if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static void put_target(const judging *j, const target *g)
{
    const trial *t = &j->e->t;
    ku_frame_builder *to = j->e->to_targets;
    ku_arena *arena = ku_run_arena(j->e->context);
    int64_t row = t->row[g->i];
    bool named = ku_column_valid(t->customer, row);
    double effect = j->u->effect[g->arm > 0 ? g->arm : 1][g->i];
    double error = j->u->error[g->arm > 0 ? g->arm : 1][g->i];
    ku_build_text(to, 0,
                  named ? ku_column_text(t->customer, row, arena)
                        : ku_arena_printf(arena, "row %lld", (long long)row + 1));
    ku_build_text(to, 1, g->arm > 0 ? t->arm_name[g->arm] : "nothing");
    ku_build_text(to, 2, t->arm_name[t->arm[g->i]]);
    if (g->arm > 0) {
        ku_build_double(to, 3, j->worth * effect - j->cost);
        ku_build_double(to, 4, j->worth * (effect - CHURN_Z * error) - j->cost);
        ku_build_double(to, 5, j->worth * (effect + CHURN_Z * error) - j->cost);
    }
    ku_build_row(to);
}

/* `arm`: for everybody, or -1 for the best of each. */
static void put_targets(const judging *j, int arm)
{
    size_t n = j->e->t.rows;
    target *all = KU_ARRAY(ku_run_arena(j->e->context), n + 1, target);
    for (size_t i = 0; i < n; i++) {
        int a = arm >= 0 ? arm : best_for(j, i);
        all[i] = (target){a > 0 ? j->worth * j->u->effect[a][i] - j->cost : 0, i, a};
    }
    qsort(all, n, sizeof *all, by_gain);
    for (size_t k = 0; k < n; k++) put_target(j, &all[k]);
}

/* ---- judging ------------------------------------------------------------------------------------ */

/* `likeliest`: the rule for all that brought most; `sure`: beyond chance. */
static void recommend(const judging *j, int likeliest, bool sure, estimate over)
{
    ku_run_context *context = j->e->context;
    const rule *r = &j->rule[likeliest];
    double n = (double)j->e->t.rows;
    if (over.lo > 0) {
        ku_run_remark(
            context, KU_NOTE, "policy",
            "Sending each what suits is expected to bring %.0f (%.0f to %.0f) more than one"
            " rule for all, judged on people it was not learned from.",
            n * over.value, n * over.lo, n * over.hi);
        return;
    }
    ku_run_remark(context, KU_NOTE, "policy",
                  "That choosing among people brings more than one rule for all is not established"
                  " (%.0f; %.0f to %.0f): treat all alike.",
                  n * over.value, n * over.lo, n * over.hi);
    if (likeliest == 0)
        ku_run_remark(context, KU_NOTE, "policy",
                      "No arm brings more than it costs: send nothing.");
    else
        ku_run_remark(context, KU_NOTE, "policy", "%s: %.0f (%.0f to %.0f)%s.", r->name,
                      n * r->mean.value, n * r->mean.lo, n * r->mean.hi,
                      sure ? "" : "; that this is a gain is not established, so nothing is sent");
}

void policy_put(experiment *e, const uplift *u, double worth, double cost)
{
    judging j = {.e = e, .u = u, .worth = worth, .cost = cost};
    const trial *t = &e->t;
    ku_arena *arena = ku_run_arena(e->context);
    double *difference = KU_ARRAY(arena, t->rows + 1, double);
    new_rule(&j, "Nothing to anybody");
    for (int a = 1; a < t->arms; a++) {
        rule *r = new_rule(&j, ku_arena_printf(arena, "%s to all", t->arm_name[a]));
        for (size_t i = 0; i < t->rows; i++) assign(&j, r, i, a);
    }
    rule *single = new_rule(&j, "One rule for all, chosen on others");
    rule *each = new_rule(&j, "Each what suits");
    for (int k = 0; k < UPLIFT_FOLDS; k++) {
        int a = best_elsewhere(&j, k);
        for (size_t i = 0; i < t->rows; i++)
            if (u->fold[i] == k) assign(&j, single, i, a);
    }
    for (size_t i = 0; i < t->rows; i++) assign(&j, each, i, best_for(&j, i));
    for (int k = 0; k < j.rules; k++) j.rule[k].mean = mean_of(j.rule[k].value, t->rows, NULL);
    for (size_t i = 0; i < t->rows; i++) difference[i] = each->value[i] - single->value[i];
    estimate over = mean_of(difference, t->rows, NULL);
    int best = 0;
    for (int a = 1; a < t->arms; a++)
        if (j.rule[a].mean.value > j.rule[best].mean.value) best = a;
    int likeliest = best;
    if (j.rule[best].mean.lo <= 0) best = 0;
    for (int k = 0; k < j.rules; k++) {
        for (size_t i = 0; i < t->rows; i++) difference[i] = j.rule[k].value[i] - single->value[i];
        bool is = over.lo > 0 ? &j.rule[k] == each : k == best;
        put_rule(&j, &j.rule[k], mean_of(difference, t->rows, NULL), is);
    }
    recommend(&j, likeliest, best == likeliest, over);
    put_targets(&j, over.lo > 0 ? -1 : best);
}
