/* charts.c - the views of a finished run as pictures, drawn for a report or a slide. */
#include "app/http/server_internal.h"

#include "app/http/handlers.h"
#include "report/chart.h"

/* The view's table as the run left it; an analysis that has changed since may ask for one
 * that was not written then. */
static ku_status read_view(http_call *call, const ku_run_record *record, ku_chart *chart,
                           ku_frame **frame, ku_error *err)
{
    chart->analysis = ku_analysis_find(record->analysis);
    if (chart->analysis == NULL)
        return ku_error_set(err, KU_NOT_FOUND, "path, id",
                            "the run is of the analysis %s, which this Kemudi does not have",
                            record->analysis);
    KU_TRY(ku_chart_view(chart->analysis, http_path(call, "view"), &chart->view, err));
    return http_shelf_table(call->server->shelf, call->server->workspace, record->id,
                            chart->view->table, frame, err);
}

static ku_status answer_chart(http_call *call, const ku_chart *chart, ku_chart_format format,
                              ku_error *err)
{
    void *bytes;
    size_t length;
    KU_TRY(ku_chart_draw(chart, format, call->arena, &bytes, &length, err));
    http_reply_bytes(call, 200, format == KU_CHART_SVG ? "image/svg+xml" : "image/png", bytes,
                     length);
    return KU_OK;
}

static ku_status chart_as(http_call *call, ku_chart_format format, ku_error *err)
{
    ku_run_record record;
    ku_frame *frame = NULL;
    ku_chart chart = {
        .filter = http_text(call, "filter"),
        .currency = ku_workspace_settings(call->server->workspace)->currency,
        .width = (int)http_int(call, "width"),
        .height = (int)http_int(call, "height"),
        .dark = strcmp(http_text(call, "theme"), "dark") == 0,
    };
    KU_TRY(ku_run_get(call->server->workspace, http_path(call, "id"), call->arena, &record, err));
    KU_TRY(read_view(call, &record, &chart, &frame, err));
    chart.frame = frame;
    ku_status status = answer_chart(call, &chart, format, err);
    ku_frame_free(frame);
    return status;
}

ku_status http_run_chart_svg(http_call *call, ku_error *err)
{
    return chart_as(call, KU_CHART_SVG, err);
}

ku_status http_run_chart_png(http_call *call, ku_error *err)
{
    return chart_as(call, KU_CHART_PNG, err);
}
