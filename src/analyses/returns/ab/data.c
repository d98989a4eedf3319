/* data.c - variants, planned shares and metrics of a test, from whichever table there is. */
#include "analyses/returns/ab/data.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "analyses/returns/ab/data_internal.h"
#include "base/number.h"
#include "base/text.h"
#include "returns/ab/ratio.h"

/* ---- lists ------------------------------------------------------------------------------------------ */

const char **ab_split_list(const char *text, ku_arena *arena)
{
    size_t most = 2, count = 0;
    for (const char *c = text; *c != '\0'; c++) most += *c == ',';
    const char **names = KU_ARRAY(arena, most, const char *);
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        ku_span part = ku_text_trim(at, comma ? (size_t)(comma - at) : strlen(at));
        if (part.length > 0) names[count++] = ku_arena_strndup(arena, part.at, part.length);
        at = comma != NULL ? comma + 1 : NULL;
    }
    return names;
}

static const char *join(const char *const *names, int count, ku_arena *arena)
{
    const char *text = "";
    for (int i = 0; i < count && i < 10; i++)
        text = ku_arena_printf(arena, "%s%s%.40s", text, i > 0 ? ", " : "", names[i]);
    return count > 10 ? ku_arena_printf(arena, "%s ...", text) : text;
}

int ab_find_column(const ab_reader *r, const char *name)
{
    for (int j = 0; j < r->out->columns; j++)
        if (strcmp(r->out->column[j], name) == 0) return j;
    for (int j = 0; j < r->out->columns; j++)
        if (ku_text_fold_equal(r->out->column[j], name)) return j;
    return -1;
}

static int find_variant(const ab_data *data, const char *name)
{
    for (int g = 0; g < data->variants; g++)
        if (strcmp(data->variant[g], name) == 0) return g;
    for (int g = 0; g < data->variants; g++)
        if (ku_text_fold_equal(data->variant[g], name)) return g;
    return -1;
}

/* ---- variants --------------------------------------------------------------------------------------- */

static void sort_variants(ab_data *data, int *place, int codes)
{
    int rank[KU_AB_ARMS] = {0};
    const char *name[KU_AB_ARMS];
    for (int g = 0; g < data->variants; g++)
        for (int h = 0; h < data->variants; h++)
            rank[g] += strcmp(data->variant[h], data->variant[g]) < 0;
    memcpy(name, data->variant, sizeof name);
    for (int g = 0; g < data->variants; g++) data->variant[rank[g]] = name[g];
    for (int code = 0; code < codes; code++)
        if (place[code] >= 0) place[code] = rank[place[code]];
}

ku_status ab_read_variants(ab_reader *r, const ku_column *column, int **place, ku_error *err)
{
    const ku_dictionary *d = &column->dictionary;
    ab_data *out = r->out;
    *place = KU_ARRAY(r->arena, (size_t)d->size + 1, int);
    for (int32_t code = 0; code < d->size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, code, &length);
        ku_span name = ku_text_trim(text, (size_t)length);
        const char *copy = name.length > 0 ? ku_arena_strndup(r->arena, name.at, name.length)
                                           : "(no name)";
        int at = 0;
        while (at < out->variants && strcmp(out->variant[at], copy) != 0) at++;
        if (at == KU_AB_ARMS)
            return ku_error_set(err, KU_BAD_DATA, "variant",
                                "there are more than %d variants, such as \"%.60s\"; is it the "
                                "right column?",
                                KU_AB_ARMS, copy);
        if (at == out->variants) out->variant[out->variants++] = copy;
        (*place)[code] = at;
    }
    sort_variants(out, *place, d->size);
    if (out->variants < 2)
        return ku_error_set(err, KU_BAD_DATA, "variant",
                            "there is only one variant, \"%.60s\": nothing to compare it with",
                            out->variants == 1 ? out->variant[0] : "");
    return KU_OK;
}

static bool sounds_like_control(const char *name)
{
    static const char *const words[] = {"control", "a",    "0",       "baseline", "original",
                                        "holdout", "none", "default", "old",      "false"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ku_text_fold_equal(name, words[i])) return true;
    return ku_char_lower(name[0]) == 'n' && ku_char_lower(name[1]) == 'o' && name[2] == ' ';
}

static ku_status find_control(ab_reader *r, ku_error *err)
{
    ab_data *out = r->out;
    if (ku_param_set(r->params, "control")) {
        const char *name = ku_param_text_value(r->params, "control");
        out->control = find_variant(out, name);
        if (out->control >= 0) return KU_OK;
        return ku_error_set(err, KU_USAGE, "control", "there is no variant \"%.60s\"; there are %s",
                            name, join(out->variant, out->variants, r->arena));
    }
    for (out->control = 0; out->control < out->variants; out->control++)
        if (sounds_like_control(out->variant[out->control])) break;
    if (out->control == out->variants) out->control = 0;
    ku_run_remark(r->context, KU_NOTE, "control",
                  "Variants are compared with \"%.60s\"; --control names another.",
                  out->variant[out->control]);
    return KU_OK;
}

static ku_status bad_shares(const ab_reader *r, ku_error *err)
{
    return ku_error_set(err, KU_USAGE, "shares",
                        "must name each variant with its share, such as \"%s 50, %s 50\"",
                        r->out->variant[0], r->out->variant[1]);
}

/* "control 50, new 50": the last word of each is the share. */
static ku_status find_shares(ab_reader *r, ku_error *err)
{
    ab_data *out = r->out;
    double all = 0;
    for (int g = 0; g < out->variants; g++) out->share[g] = 1.0 / out->variants;
    if (!ku_param_set(r->params, "shares")) return KU_OK;
    for (int g = 0; g < out->variants; g++) out->share[g] = -1;
    const char **part = ab_split_list(ku_param_text_value(r->params, "shares"), r->arena);
    for (; *part != NULL; part++) {
        size_t end = strlen(*part), from = end;
        while (from > 0 && !isspace((unsigned char)(*part)[from - 1]) && (*part)[from - 1] != '=')
            from--;
        ku_span name = ku_text_trim(*part, from > 0 ? from - 1 : 0);
        int g = find_variant(out, ku_arena_strndup(r->arena, name.at, name.length));
        double share;
        if (g < 0 || ku_parse_double(*part + from, end - from, '.', &share, NULL) != KU_OK ||
            !(share >= 0 && share <= 1e9))
            return bad_shares(r, err);
        out->share[g] = share;
    }
    for (int g = 0; g < out->variants; g++) {
        if (out->share[g] < 0) return bad_shares(r, err);
        all += out->share[g];
    }
    if (!(all > 0)) return bad_shares(r, err);
    for (int g = 0; g < out->variants; g++) out->share[g] /= all;
    return KU_OK;
}

ku_status ab_read_plan(ab_reader *r, ku_error *err)
{
    KU_TRY(find_control(r, err));
    return find_shares(r, err);
}

/* ---- metrics ----------------------------------------------------------------------------------------- */

static ku_status no_column(const ab_reader *r, const char *param, const char *name,
                           const bool *metric, ku_error *err)
{
    const char *text = "";
    for (int j = 0, shown = 0; j < r->out->columns && shown < 12; j++)
        if (metric[j])
            text = ku_arena_printf(r->arena, "%s%s%.40s", text, shown++ > 0 ? ", " : "",
                                   r->out->column[j]);
    return ku_error_set(err, KU_USAGE, param, "there is no metric \"%.60s\"; there are %s", name,
                        text);
}

static ku_status add_metric(ab_reader *r, const char *name, const bool *metric, ku_error *err)
{
    ab_data *out = r->out;
    ab_metric *m = &out->metric[out->metrics];
    const char *slash = strchr(name, '/');
    if (out->metrics == AB_METRICS)
        return ku_error_set(err, KU_BAD_DATA, "metrics",
                            "there are more than %d metrics; name those that matter: --metrics",
                            AB_METRICS);
    *m = (ab_metric){.name = name, .d = -1, .record.kind = KU_AB_MEAN};
    m->y = ab_find_column(r, name);
    if (m->y < 0 && slash != NULL) {
        ku_span up = ku_text_trim(name, (size_t)(slash - name));
        ku_span down = ku_text_trim(slash + 1, strlen(slash + 1));
        m->y = ab_find_column(r, ku_arena_strndup(r->arena, up.at, up.length));
        m->d = ab_find_column(r, ku_arena_strndup(r->arena, down.at, down.length));
        m->record.kind = KU_AB_RATIO;
        if (m->d < 0) return no_column(r, "metrics", name, metric, err);
    }
    if (m->y < 0) return no_column(r, "metrics", name, metric, err);
    out->metrics++;
    return KU_OK;
}

static ku_status find_money(ab_reader *r, const bool *metric, ku_error *err)
{
    if (!ku_param_set(r->params, "money")) return KU_OK;
    const char *name = ku_param_text_value(r->params, "money");
    for (int m = 0; m < r->out->metrics; m++)
        if (ku_text_fold_equal(r->out->metric[m].name, name)) {
            r->out->money = m;
            return KU_OK;
        }
    r->out->money = r->out->metrics;
    return add_metric(r, name, metric, err);
}

ku_status ab_choose_metrics(ab_reader *r, const bool *metric, ku_error *err)
{
    if (ku_param_set(r->params, "metrics")) {
        const char **name = ab_split_list(ku_param_text_value(r->params, "metrics"), r->arena);
        for (; *name != NULL; name++) KU_TRY(add_metric(r, *name, metric, err));
    } else {
        for (int j = 0; j < r->out->columns; j++)
            if (metric[j]) KU_TRY(add_metric(r, r->out->column[j], metric, err));
    }
    if (r->out->metrics == 0)
        return ku_error_set(err, KU_BAD_DATA, "metrics",
                            "there is no metric: no further column of numbers or true and false");
    KU_TRY(find_money(r, metric, err));
    size_t cells = (size_t)r->out->metrics * (size_t)r->out->variants;
    r->out->arm = KU_ARRAY(r->arena, cells, ku_ab_arm);
    return KU_OK;
}

/* ---- days -------------------------------------------------------------------------------------------- */

void ab_count_days(ab_reader *r, const ku_column *date)
{
    int32_t before = 0;
    for (int64_t i = 0; date != NULL && i < date->rows; i++) {
        if (!ku_column_valid(date, i)) continue;
        int32_t day = date->as.days[i];
        if (r->days == 0) r->out->first = day;
        r->days += r->days == 0 || day != before;
        r->out->last = before = day;
    }
    r->out->dated = r->days > 0;
    r->step = (r->days + AB_LOOKS - 1) / AB_LOOKS;
    r->days = -1;
}

/* Prior of the evidence: worth so many units. */
static const double ratio_weight = 100;

void ab_next_day(ab_reader *r, double day, bool end)
{
    ab_data *out = r->out;
    if (!end && isnan(day)) return;
    if (!end && r->days >= 0 && day == out->last) return;
    if (r->days >= 0 || !out->dated) {
        double units[KU_AB_ARMS];
        for (int g = 0; g < out->variants; g++) units[g] = out->arm[g].units;
        out->evidence = fmax(out->evidence,
                             ku_ab_ratio_evidence(units, out->share, out->variants, ratio_weight));
    }
    if (r->days >= 0 && r->look != NULL && (end || r->days % r->step == 0))
        r->look(r->to, out, out->last);
    r->days++;
    if (!end) out->last = (int32_t)day;
}

ku_status ab_read(const ku_frames *in, const ku_params *params, ku_run_context *context,
                  ab_data *out, ab_look_fn *look, void *to, ku_error *err)
{
    const ku_frame *records = ku_frames_find(in, "records");
    const ku_frame *tallies = ku_frames_find(in, "tallies");
    ab_reader r = {params, context, ku_run_arena(context), out, look, to, 0, 1};
    *out = (ab_data){0};
    bool units = records != NULL && records->rows > 0;
    bool counts = tallies != NULL && tallies->rows > 0;
    if (units && counts)
        return ku_error_set(err, KU_USAGE, "counts", "give units or counts, not both");
    if (units) return ab_read_units(&r, records, err);
    if (counts) return ab_read_counts(&r, tallies, err);
    if (ku_param_set(params, "test"))
        return ku_error_set(err, KU_BAD_DATA, "test",
                            "the bank has no contact of a campaign \"%.60s\" whose event is "
                            "\"variant: NAME\"",
                            ku_param_text_value(params, "test"));
    return ku_error_set(err, KU_BAD_DATA, "units",
                        "there is nothing to compare: give --in units=FILE or --in counts=FILE, or "
                        "name a test in the bank with --test");
}
