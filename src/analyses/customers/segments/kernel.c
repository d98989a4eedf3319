/* kernel.c - customers.segments: who the customers are by how they buy, and what each kind of
 * them brings.
 *
 * The extract `behaviour` holds a row for each customer on the last day and one for the same
 * day a year before. Both are put into segments by the same borders, rules or centres; from
 * there on everything is counting: the segments' money, who stayed, who moved. */
#include <string.h>

#include "analyses/customers/segments/segments.h"
#include "base/date.h"
#include "base/format.h"

/* ---- reading the extracts ------------------------------------------------------------------- */

static double number_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

static ku_status read_bounds(segmentation *s, ku_error *err)
{
    const ku_frame *bounds = ku_frames_find(s->in, "bounds");
    if (!(number_at(bounds, "lines", 0) > 0))
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "there are no sales until the last day asked "
                            "for; expected a later day");
    s->until = ku_frame_column(bounds, "until")->as.days[0];
    s->scheme = ku_column_text(ku_frame_column(bounds, "scheme"), 0, s->arena);
    double unknown = number_at(bounds, "lines_unknown", 0);
    double lines = number_at(bounds, "lines", 0);
    if (unknown >= lines)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no line says who bought; segments need customers on the sales lines");
    if (unknown > 0) {
        char a[KU_NUMBER_TEXT], b[KU_NUMBER_TEXT];
        ku_run_remark(s->context, KU_NOTE, "customer",
                      "%s lines (%.1f %%) have no customer; their revenue of %s is in no segment.",
                      ku_format_fixed(a, unknown, 0, NULL), 100 * unknown / lines,
                      ku_format_number(b, number_at(bounds, "revenue_unknown", 0), "money", NULL));
    }
    if (!(number_at(bounds, "lines_with_margin", 0) > 0))
        ku_run_remark(s->context, KU_NOTE, "cost",
                      "No costs are known, so there is no margin by segment.");
    return KU_OK;
}

/* Rows of today come first. */
static ku_status read_people(segmentation *s, ku_error *err)
{
    const ku_frame *frame = ku_frames_find(s->in, "behaviour");
    const ku_column *now = ku_frame_column(frame, "now");
    size_t rows = (size_t)frame->rows, today = 0;
    while (today < rows && ku_column_bool(now, (int64_t)today)) today++;
    if (today == 0)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no customer has bought anything on balance until the last day; "
                            "expected purchases larger than returns");
    s->now = (segments_people){.frame = frame, .from = 0, .rows = today};
    s->then = (segments_people){.frame = frame, .from = today, .rows = rows - today};
    return KU_OK;
}

/* Who of a year before is who today, by the code of the customer in the shared dictionary.
 * Whoever was a customer then is one now. */
static void match_people(segmentation *s)
{
    const ku_column *customer = segments_column(&s->now, "customer");
    size_t codes = (size_t)customer->dictionary.size + 1;
    int32_t *row = ku_arena_alloc(s->arena, codes * sizeof *row);
    s->then_of_now = ku_arena_alloc(s->arena, (s->now.rows + 1) * sizeof *row);
    s->now_of_then = ku_arena_alloc(s->arena, (s->then.rows + 1) * sizeof *row);
    for (size_t i = 0; i < s->now.rows; i++) {
        row[customer->as.codes[i]] = (int32_t)i;
        s->then_of_now[i] = -1;
    }
    for (size_t i = 0; i < s->then.rows; i++) {
        int32_t at = row[customer->as.codes[s->then.from + i]];
        s->now_of_then[i] = at;
        s->then_of_now[at] = (int32_t)i;
    }
}

static void remark_span(segmentation *s)
{
    const ku_frame *bounds = ku_frames_find(s->in, "bounds");
    int32_t first = ku_frame_column(bounds, "first")->as.days[0];
    char from[KU_DATE_TEXT];
    if (first > s->until - (int32_t)s->window)
        ku_run_remark(s->context, KU_NOTE, "window",
                      "The data begin on %s, within the window of %lld days; whoever bought "
                      "earlier looks newer than he is.",
                      ku_date_format(first, from), (long long)s->window);
    if (s->then.rows == 0)
        ku_run_remark(s->context, KU_NOTE, "year",
                      "The data begin less than a year before the last day, so nothing is "
                      "compared with a year before and nothing is known of who stays.");
    else if (first > s->until - 365 - (int32_t)s->window)
        ku_run_remark(s->context, KU_WARN, "year",
                      "The data begin on %s and do not reach over the window of a year before; "
                      "customers of then look rarer and smaller than they were.",
                      ku_date_format(first, from));
}

/* ---- versions ------------------------------------------------------------------------------- */

static void read_kept(segmentation *s)
{
    const ku_frame *kept = ku_frames_find(s->in, "kept_rules");
    if (kept->rows == 0) return;
    s->kept_made_at = ku_frame_column(kept, "made_at")->as.i64[0];
    for (int64_t row = 0; row < kept->rows; row++) {
        const ku_column *version = ku_frame_column(kept, "version");
        if (ku_column_valid(version, row) && version->as.i64[row] > s->kept_version)
            s->kept_version = version->as.i64[row];
        s->kept_customers += (int64_t)number_at(kept, "customers", row);
    }
}

static const segments_group *group_named(const segmentation *s, const char *name)
{
    for (int k = 0; k < s->groups; k++)
        if (strcmp(s->group[k].name, name) == 0) return &s->group[k];
    return NULL;
}

/* The version kept last when each of its segments still has its rule, else the next. */
static void number_version(segmentation *s)
{
    const ku_frame *kept = ku_frames_find(s->in, "kept_rules");
    s->version = s->kept_version > 0 ? s->kept_version : 1;
    for (int64_t row = 0; row < kept->rows; row++) {
        const char *name = ku_column_text(ku_frame_column(kept, "segment"), row, s->arena);
        const char *rule = ku_column_text(ku_frame_column(kept, "rule"), row, s->arena);
        const segments_group *group = group_named(s, name);
        if (group != NULL && rule != NULL && strcmp(group->rule, rule) == 0) continue;
        s->version = s->kept_version + 1;
        return;
    }
}

/* ---- the run -------------------------------------------------------------------------------- */

static segments_by by_of(const ku_params *params)
{
    const char *by = ku_param_text_value(params, "by");
    return strcmp(by, "rules") == 0 ? BY_RULES : strcmp(by, "clusters") == 0 ? BY_CLUSTERS : BY_RFM;
}

static ku_status assign(segmentation *s, const ku_params *params, ku_error *err)
{
    segments_score(s, s->by == BY_RFM);
    if (s->by == BY_RULES) return segments_by_rules(s, params, err);
    if (s->by == BY_CLUSTERS) segments_by_clusters(s, params);
    const char *text = ku_param_text_value(params, "rules");
    if (ku_frames_find(s->in, "rule_lines")->rows > 0 || (text != NULL && text[0] != '\0'))
        ku_run_remark(s->context, KU_WARN, "rules",
                      "Rules are given but not used; choose to form segments by rules.");
    return KU_OK;
}

ku_status segments_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                       ku_frames *out, ku_error *err)
{
    segmentation s = {.context = context,
                      .arena = ku_run_arena(context),
                      .in = in,
                      .by = by_of(params),
                      .window = ku_param_int(params, "window")};
    KU_TRY(read_bounds(&s, err));
    KU_TRY(read_people(&s, err));
    match_people(&s);
    remark_span(&s);
    read_kept(&s);
    s.stability = ku_run_output(context, "stability");
    ku_status status = assign(&s, params, err);
    if (status != KU_OK) {
        ku_frame_builder_free(s.stability);
        return status;
    }
    number_version(&s);
    ku_run_progress(context, 0.85, "counting");
    ku_frame_builder *telling, *profile = segments_put_traits(&s, &telling);
    ku_frame_builder *tables[] = {
        segments_put_segments(&s), telling, profile, s.stability, segments_put_changes(&s),
        segments_put_members(&s),
    };
    return ku_frames_add_all(out, tables, sizeof tables / sizeof *tables, err);
}
