/* remarks.c - what limits the figures of customers.wallet, in words. */
#include <math.h>

#include "analyses/customers/wallet/wallet_internal.h"
#include "base/format.h"

static void remark_people(const wallet_run_state *r)
{
    const ku_frame *span = ku_frames_find(r->in, "span");
    char lines[KU_NUMBER_TEXT], money[KU_NUMBER_TEXT], count[KU_NUMBER_TEXT];
    double unknown = wallet_number(span, "unknown_lines", 0);
    if (unknown > 0)
        ku_run_remark(
            r->context, KU_NOTE, "customer",
            "%s %s no customer; their revenue of %s is in nobody's own spend.",
            ku_format_fixed(lines, unknown, 0, NULL), unknown == 1 ? "line has" : "lines have",
            ku_format_number(money, wallet_number(span, "unknown_revenue", 0), "money", NULL));
    double gone = wallet_number(span, "customers", 0) - (double)r->people;
    if (gone > 0)
        ku_run_remark(r->context, KU_NOTE, "gone",
                      "%s customers of earlier days bought nothing in the months looked at and "
                      "are left out.",
                      ku_format_fixed(count, gone, 0, NULL));
    int below = 0;
    for (size_t i = 0; i < r->people; i++) below += wallet_number(r->own, "own", (int64_t)i) < 0;
    if (below > 0)
        ku_run_remark(r->context, KU_NOTE, "returns",
                      "%d %s sent back more than was bought in these months; own spend counts as "
                      "nothing.",
                      below, below == 1 ? "customer" : "customers");
}

static void remark_slips(const wallet_run_state *r)
{
    if (r->slips > 0)
        ku_run_remark(r->context, KU_NOTE, "slips",
                      "%zu %s more than a hundred times the middle one and left out.", r->slips,
                      r->slips == 1 ? "answer is" : "answers are");
}

static void remark_model(const wallet_run_state *r)
{
    if (r->answers < 50)
        ku_run_remark(r->context, KU_WARN, "answers",
                      "Only %zu answers can be used; the intervals are as wide as that makes them.",
                      r->answers);
    if (r->by_model.miss > 1.02 * r->by_plain.miss)
        ku_run_remark(r->context, KU_WARN, "check",
                      "On customers left out, the model is off by %.0f %% of the mean answer, the "
                      "segment's mean share by %.0f %%: own behaviour tells little here.",
                      100 * r->by_model.miss, 100 * r->by_plain.miss);
    if (r->spread.repeats >= 10)
        ku_run_remark(r->context, KU_NOTE, "repeats",
                      "%d customers' second answers show that an answer is off by about %.0f %%; "
                      "the intervals of single customers are narrower by that.",
                      r->spread.repeats, 100 * sqrt(r->spread.answer_variance));
    else
        ku_run_remark(r->context, KU_NOTE, "repeats",
                      "Hardly anybody told twice, so errors of answers cannot be told from "
                      "differences between people: intervals of single customers hold both.");
}

static void remark_no_model(const wallet_run_state *r)
{
    const ku_frame *asked = ku_frames_find(r->in, "asked");
    double numbers = wallet_number(asked, "numbers", 0);
    const char *why = numbers == 0 ? "Nobody told what they spend in the category"
                      : r->answers < WALLET_LEAST_ANSWERS
                          ? "Too few answers can be set beside own sales"
                          : "What customers told is not more than they spend with us";
    ku_run_remark(r->context, KU_WARN, "survey",
                  "%s (%.0f answers, %zu of use). Shown instead is what the best tenth of like "
                  "customers spend with us: a floor for what could be won, not the spend in the "
                  "category. Ask for it in a survey (question \"%s\") or give a panel.",
                  why, numbers, r->answers, ku_param_text_value(r->params, "question"));
}

void wallet_remark(const wallet_run_state *r)
{
    remark_people(r);
    remark_slips(r);
    if (r->modelled)
        remark_model(r);
    else
        remark_no_model(r);
}
