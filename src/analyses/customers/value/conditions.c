/* conditions.c - what changed over time and moved customers: campaigns, prices, the weather.
 *
 * Pareto/NBD with covariates that change (Bachmann, Meierer & Naef 2021), fitted to some
 * thousand of the customers, says how much more often customers buy, and how much sooner they
 * leave, while a condition holds; the likelihood-ratio test against Pareto/NBD without any says
 * whether that is more than chance. */
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"
#include "customers/pareto/walks.h"

static const double z95 = 1.959963984540054;

/* The columns before those of the conditions. */
static const char *const fixed[] = {"person",    "repeats", "last_after", "seen",
                                    "end_after", "bought",  NULL};

static bool is_fixed(const char *name)
{
    for (int i = 0; fixed[i] != NULL; i++)
        if (strcmp(fixed[i], name) == 0) return true;
    return false;
}

static bool varies(const ku_column *column)
{
    double first = ku_column_number(column, 0);
    for (int64_t i = 1; i < column->rows; i++) {
        double v = ku_column_number(column, i);
        if (!(v == first) && !(isnan(v) && isnan(first))) return true;
    }
    return false;
}

/* The columns that can be used, into source[]. */
static void choose_columns(const ku_frame *f, value_case *c, const ku_column **source)
{
    value_conditions *all = &c->conditions;
    for (int32_t k = 0; k < f->columns; k++) {
        const ku_column *column = &f->column[k];
        if (is_fixed(column->name)) continue;
        if (column->type == KU_TEXT || column->type == KU_DATE) {
            ku_run_remark(c->context, KU_WARN, "conditions",
                          "%s is not a number or true and false, so it is left out.", column->name);
        } else if (!varies(column)) {
            ku_run_remark(c->context, KU_NOTE, "conditions",
                          "%s never changes, so nothing can be learned of it.", column->name);
        } else if (all->columns == KU_BUYING_COVARIATES) {
            ku_run_remark(c->context, KU_WARN, "conditions",
                          "At most %d conditions are used; %s is not.", KU_BUYING_COVARIATES,
                          column->name);
        } else {
            all->name[all->columns] = column->name;
            source[all->columns++] = column;
        }
    }
}

static double cell(const ku_frame *f, const char *name, int64_t row)
{
    return (double)ku_frame_column(f, name)->as.i64[row];
}

/* The customers of the extract and their periods, time in the models' unit. */
static ku_walks walks_of(const ku_frame *f, const value_case *c, const ku_column *const *source)
{
    size_t periods = (size_t)f->rows, columns = (size_t)c->conditions.columns, n = 0;
    double *x = KU_ARRAY(c->arena, periods + 1, double), unit = c->span.unit_days;
    double *t_x = KU_ARRAY(c->arena, periods + 1, double);
    double *T = KU_ARRAY(c->arena, periods + 1, double);
    double *weight = KU_ARRAY(c->arena, periods + 1, double);
    double *end = KU_ARRAY(c->arena, periods + 1, double);
    double *bought = KU_ARRAY(c->arena, periods + 1, double);
    double *value = KU_ARRAY(c->arena, periods * columns + 1, double);
    size_t *first = KU_ARRAY(c->arena, periods + 2, size_t);
    for (size_t i = 0; i < periods; i++) {
        int64_t row = (int64_t)i;
        if (i == 0 || cell(f, "person", row) != cell(f, "person", row - 1)) {
            x[n] = cell(f, "repeats", row);
            t_x[n] = cell(f, "last_after", row) / unit;
            T[n] = cell(f, "seen", row) / unit;
            weight[n] = 1;
            first[n++] = i;
        }
        end[i] = fmax(cell(f, "end_after", row), 0) / unit;
        bought[i] = cell(f, "bought", row);
        for (size_t k = 0; k < columns; k++) {
            double v = ku_column_number(source[k], row);
            value[i * columns + k] = isnan(v) ? 0 : v;
        }
    }
    first[n] = periods;
    return (ku_walks){{n, x, t_x, T, weight}, c->conditions.columns, first, end, bought, value};
}

/* "+65 % (+40 to +95 %)" for an effect on a logarithm. */
static const char *percent(const value_case *c, double effect, double se)
{
    return ku_arena_printf(c->arena, "%+.0f %% (%+.0f to %+.0f %%)", 100 * expm1(effect),
                           100 * expm1(effect - z95 * se), 100 * expm1(effect + z95 * se));
}

static void remark_effects(const value_case *c)
{
    const value_conditions *k = &c->conditions;
    const ku_buying_fit *fit = &k->fit;
    if (!fit->converged)
        ku_run_remark(c->context, KU_WARN, "conditions",
                      "The search for what conditions do did not end at a maximum; take their"
                      " effects with care.");
    for (int i = 0; i < k->columns; i++) {
        int at = fit->model->parameters + i;
        const char *leaving = "it cannot be told";
        if (!isfinite(fit->se[at])) continue;
        if (isfinite(fit->se[at + k->columns]))
            leaving = percent(c, fit->dropout[i], fit->se[at + k->columns]);
        ku_run_remark(c->context, KU_NOTE, "conditions",
                      "1 more of %s changes how often customers buy by %s, and how readily they"
                      " leave: %s.",
                      k->name[i], percent(c, fit->rate[i], fit->se[at]), leaving);
    }
    if (k->p_value > 0.05)
        ku_run_remark(c->context, KU_WARN, "conditions",
                      "All conditions together explain no more than chance would (p = %.2f).",
                      k->p_value);
    if (k->customers < c->people.count)
        ku_run_remark(c->context, KU_NOTE, "conditions",
                      "Effects of conditions come from %zu of %zu customers, drawn at random.",
                      k->customers, c->people.count);
}

ku_status value_conditions_make(const ku_frame *rows, value_case *c, ku_error *err)
{
    value_conditions *k = &c->conditions;
    const ku_column *source[KU_BUYING_COVARIATES];
    if (rows->rows == 0 || c->choice.chosen < 0) return KU_OK;
    ku_run_progress(c->context, 0.62, "Conditions");
    choose_columns(rows, c, source);
    if (k->columns == 0) return KU_OK;
    ku_walks walks = walks_of(rows, c, source);
    ku_pool *pool = ku_run_pool(c->context);
    k->customers = walks.buyers.rows;
    KU_TRY(
        ku_buying_estimate(&ku_buying_pareto, &walks.buyers, NULL, c->arena, pool, &k->plain, err));
    KU_TRY(ku_walks_estimate(&walks, c->arena, pool, &k->fit, err));
    k->known = true;
    k->p_value = ku_buying_compare(&k->plain, &k->fit, 2 * k->columns, &k->ratio);
    remark_effects(c);
    return KU_OK;
}
