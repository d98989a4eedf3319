/* remarks.c - the verdict in words: first whether the figures can be used, then what limits them
 * most, then what the data were. */
#include <math.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"
#include "base/format.h"

enum { TOLD_MOST = 6 };

static int count_of(const ku_returns_findings *f, ku_severity verdict)
{
    int count = 0;
    for (size_t i = 0; i < f->count; i++) count += f->item[i].verdict == verdict;
    return count;
}

static void tell(const rmix_run_state *r, const ku_returns_finding *f)
{
    ku_run_remark(r->context, f->verdict, f->check, "%s%s%s%s%s", f->about,
                  f->about[0] != '\0' ? ": " : "", f->meaning, f->advice[0] != '\0' ? " " : "",
                  f->advice);
}

/* Those of the verdict, the rest counted. */
static void tell_all(const rmix_run_state *r, const ku_returns_findings *findings,
                     ku_severity verdict, const char *table)
{
    int told = 0, all = count_of(findings, verdict);
    for (size_t i = 0; i < findings->count && told < TOLD_MOST; i++)
        if (findings->item[i].verdict == verdict) {
            tell(r, &findings->item[i]);
            told++;
        }
    if (all > told)
        ku_run_remark(r->context, verdict, table, "%d more like these are in the table %s.",
                      all - told, table);
}

static void tell_data(const rmix_run_state *r)
{
    const ku_returns_data *d = &r->data;
    char from[KU_DATE_TEXT], to[KU_DATE_TEXT], total[KU_NUMBER_TEXT];
    ku_run_remark(
        r->context, KU_NOTE, "data",
        "%d channels, %d %ss from %s to the one of %s, %d %s; an outcome of %s%s.", d->channels,
        d->periods, ku_period_name(d->period), ku_date_show(d->date[d->before], from),
        ku_date_show(d->date[d->before + d->periods - 1], to), d->regions,
        d->regions == 1 ? "series" : "regions", ku_format_number(total, r->total, "money", NULL),
        d->revenue != NULL ? " in money" : "");
}

static void tell_trials(const rmix_run_state *r)
{
    if (r->trials == 0) return;
    if (r->trials_used)
        ku_run_remark(r->context, KU_NOTE, "experiments",
                      "%d experiments count as evidence, with their errors and without what works"
                      " on after they end.",
                      r->trials);
    else
        ku_run_remark(r->context, KU_NOTE, "experiments",
                      "%d experiments are compared with the model and do not count in it: measured"
                      " on the sales that the model sees by region, they would count twice. Where"
                      " they are of other data, run it with --experiments use.",
                      r->trials);
}

void rmix_remark(rmix_run_state *r)
{
    tell_all(r, &r->health, KU_FAIL, "health");
    tell_all(r, &r->checks, KU_FAIL, "checks");
    tell_all(r, &r->health, KU_WARN, "health");
    tell_all(r, &r->checks, KU_WARN, "checks");
    tell_trials(r);
    tell_data(r);
}
