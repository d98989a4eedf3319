/* cells.c - which regions had which campaign, from the table of treated regions or from the
 * settings, and whether the data can answer. */
#include <math.h>
#include <string.h>

#include "analyses/returns/geolift/geolift_internal.h"
#include "base/date.h"
#include "base/text.h"

static ku_status unknown_region(const geolift *g, const char *name, ku_error *err)
{
    const char *nearest = ku_region_nearest(&g->panel, name);
    return ku_error_set(err, KU_BAD_DATA, "regions",
                        "the data know no region '%s'%s%s%s; they have %d, from %s to %s", name,
                        nearest != NULL ? " (is it '" : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "'?)" : "", g->panel.regions, g->panel.name[0],
                        g->panel.name[g->panel.regions - 1]);
}

static cell *new_cell(geolift *g, const char *name)
{
    cell *c = &g->cell[g->cells++];
    *c = (cell){.name = name, .spend = NAN};
    c->place = KU_ARRAY(g->arena, (size_t)g->panel.regions, const char *);
    c->region = KU_ARRAY(g->arena, (size_t)g->panel.regions, int);
    return c;
}

/* A region in two campaigns at once tells nothing about either. */
static ku_status add_region(geolift *g, cell *c, int region, ku_error *err)
{
    if (g->needed[region])
        return ku_error_set(err, KU_BAD_DATA, "treated",
                            "the region %s stands there twice; it can be in one campaign only",
                            g->panel.name[region]);
    g->needed[region] = true;
    c->place[c->regions++] = g->panel.name[region];
    return KU_OK;
}

/* ---- from the settings ----------------------------------------------------------------------- */

static ku_status from_settings(geolift *g, ku_error *err)
{
    const char *unknown = NULL;
    int *which = KU_ARRAY(g->arena, (size_t)g->panel.regions, int);
    if (!ku_param_set(g->params, "regions"))
        return ku_error_set(err, KU_USAGE, "regions",
                            "name the regions that had the campaign: --regions \"Porto, Braga\", "
                            "or a table: --in treated=FILE");
    int count = ku_region_list(&g->panel, ku_param_text_value(g->params, "regions"), g->arena,
                               which, &unknown);
    if (unknown != NULL && count == 0) return unknown_region(g, unknown, err);
    if (unknown != NULL)
        ku_run_remark(g->context, KU_WARN, "regions",
                      "The data know no region '%s'; the answer is for the others.", unknown);
    cell *c = new_cell(g, "Campaign");
    for (int i = 0; i < count; i++) KU_TRY(add_region(g, c, which[i], err));
    if (ku_param_set(g->params, "spend")) c->spend = ku_param_real(g->params, "spend");
    return KU_OK;
}

/* ---- from the table -------------------------------------------------------------------------- */

static cell *cell_named(geolift *g, const char *name)
{
    for (int i = 0; i < g->cells; i++)
        if (strcmp(g->cell[i].name, name) == 0) return &g->cell[i];
    return new_cell(g, name);
}

/* All regions of a campaign are judged over the same days. */
static ku_status add_dates(cell *c, const ku_frame *frame, int64_t row, ku_error *err)
{
    const ku_column *starts = ku_frame_column(frame, "starts");
    const ku_column *ends = ku_frame_column(frame, "ends");
    if (ku_column_valid(starts, row)) {
        if (c->has_start && c->starts != starts->as.days[row])
            return ku_error_set(err, KU_BAD_DATA, "treated",
                                "the regions of %s start on different days; give each start a "
                                "cell of its own",
                                c->name);
        c->starts = starts->as.days[row];
        c->has_start = true;
    }
    if (ku_column_valid(ends, row)) {
        if (c->has_end && c->ends != ends->as.days[row])
            return ku_error_set(err, KU_BAD_DATA, "treated",
                                "the regions of %s end on different days; give each end a cell of "
                                "its own",
                                c->name);
        c->ends = ends->as.days[row];
        c->has_end = true;
    }
    return KU_OK;
}

static ku_status add_row(geolift *g, const ku_frame *frame, int64_t row, ku_error *err)
{
    const char *region = ku_column_text(ku_frame_column(frame, "region"), row, g->arena);
    const char *name = ku_column_text(ku_frame_column(frame, "cell"), row, g->arena);
    const char *channel = ku_column_text(ku_frame_column(frame, "channel"), row, g->arena);
    double spend = ku_column_number(ku_frame_column(frame, "spend"), row);
    int found = ku_region_find(&g->panel, region, strlen(region));
    if (found < 0) {
        if (frame->rows == 1) return unknown_region(g, region, err);
        ku_run_remark(g->context, KU_WARN, "regions",
                      "The data know no region '%s' of the campaigns; it is left out.", region);
        return KU_OK;
    }
    cell *c = cell_named(g, name != NULL ? name : "Campaign");
    KU_TRY(add_region(g, c, found, err));
    KU_TRY(add_dates(c, frame, row, err));
    if (isfinite(spend)) c->spend = (isnan(c->spend) ? 0 : c->spend) + spend;
    if (channel != NULL && c->channel == NULL) c->channel = channel;
    return KU_OK;
}

static ku_status from_table(geolift *g, const ku_frame *frame, ku_error *err)
{
    for (int64_t row = 0; row < frame->rows; row++) KU_TRY(add_row(g, frame, row, err));
    if (g->cells == 0)
        return ku_error_set(err, KU_BAD_DATA, "treated",
                            "none of the %lld regions of the campaigns is in the data",
                            (long long)frame->rows);
    return KU_OK;
}

/* ---- both ------------------------------------------------------------------------------------ */

static void take_settings(const geolift *g, cell *c)
{
    if (!c->has_start && ku_param_set(g->params, "starts")) {
        c->starts = ku_param_date(g->params, "starts");
        c->has_start = true;
    }
    if (!c->has_end && ku_param_set(g->params, "ends")) {
        c->ends = ku_param_date(g->params, "ends");
        c->has_end = true;
    }
    if (c->channel == NULL && ku_param_set(g->params, "channel"))
        c->channel = ku_param_text_value(g->params, "channel");
}

static void read_apart(geolift *g)
{
    const char *unknown = NULL;
    if (!ku_param_set(g->params, "apart")) return;
    int *which = KU_ARRAY(g->arena, (size_t)g->panel.regions, int);
    int count = ku_region_list(&g->panel, ku_param_text_value(g->params, "apart"), g->arena, which,
                               &unknown);
    g->apart = KU_ARRAY(g->arena, (size_t)count + 1, const char *);
    for (int i = 0; i < count; i++) g->apart[g->aparts++] = g->panel.name[which[i]];
    if (unknown != NULL)
        ku_run_remark(g->context, KU_WARN, "regions",
                      "The data know no region '%s' that was to be left out.", unknown);
}

ku_status geolift_read_cells(geolift *g, ku_error *err)
{
    const ku_frame *place = ku_frames_find(g->in, "place");
    size_t regions = (size_t)g->panel.regions;
    g->needed = KU_ARRAY(g->arena, regions, bool);
    g->cell = KU_ARRAY(g->arena, regions + 1, cell);
    KU_TRY(place->rows > 0 ? from_table(g, place, err) : from_settings(g, err));
    read_apart(g);
    for (int i = 0; i < g->cells; i++) {
        take_settings(g, &g->cell[i]);
        if (!g->cell[i].has_start)
            return ku_error_set(err, KU_USAGE, "starts", "say when %s started: --starts 2026-03-02",
                                g->cells > 1 ? g->cell[i].name : "the campaign");
    }
    return KU_OK;
}

/* ---- can the data answer? -------------------------------------------------------------------- */

static const char *day(const geolift *g, int32_t days)
{
    char text[KU_DATE_TEXT];
    return ku_arena_strdup(g->arena, ku_date_show(days, text));
}

static void place_cell(geolift *g, cell *c)
{
    const ku_region_panel *p = &g->panel;
    int32_t begin = p->date[0], end = p->date[p->periods - 1];
    int32_t until = c->has_end ? c->ends + g->after : end;
    for (int i = 0; i < c->regions; i++)
        c->region[i] = ku_region_find(p, c->place[i], strlen(c->place[i]));
    for (c->first = 0; c->first < p->periods && p->date[c->first] < c->starts;) c->first++;
    for (c->last = p->periods - 1; c->last >= 0 && p->date[c->last] > until;) c->last--;
    if (!c->has_end) c->ends = end;
    if (c->has_end && c->ends < c->starts)
        c->trouble = ku_arena_printf(g->arena, "the campaign ends on %s, before it starts on %s",
                                     day(g, c->ends), day(g, c->starts));
    else if (c->first >= p->periods)
        c->trouble = ku_arena_printf(g->arena, "the campaign starts on %s, and the data end on %s",
                                     day(g, c->starts), day(g, end));
    else if (c->last < c->first)
        c->trouble = ku_arena_printf(g->arena,
                                     "no date of the data lies between %s and %s; they go from %s "
                                     "to %s",
                                     day(g, c->starts), day(g, until), day(g, begin), day(g, end));
    else if (c->first < KU_LIFT_LEAST_BEFORE)
        c->trouble = ku_arena_printf(
            g->arena,
            "the data have %d dates before the campaign starts on %s; %d are the least, and a few "
            "times as many as the campaign has would be good",
            c->first, day(g, c->starts), KU_LIFT_LEAST_BEFORE);
    else if (until > end && c->has_end)
        ku_run_remark(g->context, KU_WARN, "window",
                      "%s is to count until %s, and the data end on %s: the answer is for what "
                      "there is.",
                      c->name, day(g, until), day(g, end));
}

void geolift_place_cells(geolift *g)
{
    const ku_region_panel *p = &g->panel;
    bool *taken = KU_ARRAY(g->arena, (size_t)p->regions, bool);
    for (int i = 0; i < g->cells; i++) {
        place_cell(g, &g->cell[i]);
        for (int k = 0; k < g->cell[i].regions; k++) taken[g->cell[i].region[k]] = true;
    }
    g->donor = KU_ARRAY(g->arena, (size_t)p->regions, int);
    for (int i = 0; i < g->aparts; i++) {
        int found = ku_region_find(p, g->apart[i], strlen(g->apart[i]));
        if (found >= 0) taken[found] = true;
    }
    for (int i = 0; i < p->regions; i++)
        if (!taken[i]) g->donor[g->donors++] = i;
}
