/* changes.c - who moved into and out of each segment, and the money that moved with them:
 * against the version kept last, and against the same rules a year before. */
#include <math.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"
#include "base/date.h"
#include "base/format.h"

typedef struct flow {
    int64_t before, now, stayed, came, left, fresh;
    double came_revenue, left_revenue, fresh_revenue;
} flow;

static void put_flows(const char *against, const flow *of, int groups, const char *const *name,
                      ku_frame_builder *table)
{
    for (int k = 0; k < groups; k++) {
        const flow *f = &of[k];
        if (f->before == 0 && f->now == 0) continue;
        ku_build_text(table, 0, against);
        ku_build_text(table, 1, name[k]);
        ku_build_int(table, 2, f->before);
        ku_build_int(table, 3, f->now);
        ku_build_int(table, 4, f->stayed);
        ku_build_int(table, 5, f->came);
        ku_build_int(table, 6, f->fresh);
        ku_build_int(table, 7, f->left);
        ku_build_double(table, 8, f->came_revenue);
        ku_build_double(table, 9, f->fresh_revenue);
        ku_build_double(table, 10, f->left_revenue);
        ku_build_double(table, 11, f->came_revenue + f->fresh_revenue - f->left_revenue);
        ku_build_row(table);
    }
}

/* One customer: `before` and `now` are segments, -1 for none; `was` and `is` the revenue. */
static void add_move(flow *of, int before, int now, double was, double is)
{
    if (before >= 0) of[before].before++;
    if (now >= 0) of[now].now++;
    if (before == now && now >= 0) {
        of[now].stayed++;
        return;
    }
    if (before >= 0) {
        of[before].left++;
        of[before].left_revenue += was;
    }
    if (now < 0) return;
    if (before < 0) {
        of[now].fresh++;
        of[now].fresh_revenue += is;
    } else {
        of[now].came++;
        of[now].came_revenue += is;
    }
}

static const char **names_of(const segmentation *s, size_t further)
{
    const char **name = KU_ARRAY(s->arena, (size_t)s->groups + further + 1, const char *);
    for (int k = 0; k < s->groups; k++) name[k] = s->group[k].name;
    return name;
}

static void put_year(const segmentation *s, ku_frame_builder *table)
{
    const ku_column *revenue = segments_column(&s->now, "year_revenue");
    flow *of = KU_ARRAY(s->arena, (size_t)s->groups, flow);
    for (size_t i = 0; i < s->now.rows; i++) {
        int32_t then = s->then_of_now[i];
        double was = then < 0 ? 0 : segments_value(&s->then, revenue, (size_t)then);
        add_move(of, then < 0 ? -1 : s->then.segment[then], s->now.segment[i], was,
                 segments_value(&s->now, revenue, i));
    }
    put_flows("The same a year before", of, s->groups, names_of(s, 0), table);
}

/* Segments of the kept version, by the code of their name: an index among the names, those
 * that are no more behind those that are. */
static int *kept_places(const segmentation *s, const ku_dictionary *kept, const char **name,
                        int *groups)
{
    int *place = KU_ARRAY(s->arena, (size_t)kept->size + 1, int);
    for (int32_t code = 0; code < kept->size; code++) {
        int32_t length;
        const char *at = ku_dictionary_at(kept, code, &length);
        const char *text = ku_arena_strndup(s->arena, at, (size_t)length);
        int k = 0;
        while (k < s->groups && strcmp(s->group[k].name, text) != 0) k++;
        place[code] = k < s->groups ? k : *groups;
        if (k == s->groups) name[(*groups)++] = text;
    }
    return place;
}

/* What a customer carries out of a segment is what he brought in the year that ends now: the
 * revenue of the day of the kept version is not known any more. */
static void put_kept(const segmentation *s, ku_frame_builder *table)
{
    const ku_column *kept = segments_column(&s->now, "kept_segment");
    const ku_column *revenue = segments_column(&s->now, "year_revenue");
    const char **name = names_of(s, (size_t)kept->dictionary.size);
    int groups = s->groups;
    const int *place = kept_places(s, &kept->dictionary, name, &groups);
    flow *of = KU_ARRAY(s->arena, (size_t)groups, flow);
    int64_t found = 0;
    for (size_t i = 0; i < s->now.rows; i++) {
        bool was = ku_column_valid(kept, (int64_t)i);
        double money = segments_value(&s->now, revenue, i);
        found += was;
        add_move(of, was ? place[kept->as.codes[i]] : -1, s->now.segment[i], money, money);
    }
    char day[KU_DATE_TEXT], gone[KU_NUMBER_TEXT];
    ku_date_format((int32_t)(s->kept_made_at / KU_DAY_MICROS), day);
    put_flows(ku_arena_printf(s->arena, "Kept on %s", day), of, groups, name, table);
    if (found < s->kept_customers)
        ku_run_remark(s->context, KU_NOTE, "kept",
                      "%s customers of the version kept on %s are not in these sales.",
                      ku_format_int(gone, s->kept_customers - found, NULL), day);
}

ku_frame_builder *segments_put_changes(segmentation *s)
{
    ku_frame_builder *table = ku_run_output(s->context, "changes");
    if (s->kept_made_at > 0) put_kept(s, table);
    if (s->then.rows > 0) put_year(s, table);
    return table;
}
