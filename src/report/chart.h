/* chart.h - the views of an analysis drawn for print: SVG, PNG or PDF by cairo and pango,
 * in the same order, colours and wording as the web draws them. Owns nothing; results live
 * in the caller's arena. Thread-safe. */
#ifndef KU_REPORT_CHART_H
#define KU_REPORT_CHART_H

#include "kemudi/analysis.h"

typedef enum ku_chart_format { KU_CHART_SVG, KU_CHART_PNG, KU_CHART_PDF } ku_chart_format;

typedef struct ku_chart {
    const ku_analysis *analysis;
    const ku_view_spec *view;
    const ku_frame *frame; /* of the view's table; NULL is drawn as an empty one */
    const char *filter;    /* value of the view's filter column; NULL: the first one */
    const char *currency;  /* ISO 4217, or NULL */
    int width, height;     /* points (SVG, PDF) or pixels at 1x (PNG, drawn at 2x); 0: 900 x 480,
                            a few lying bars less high */
    bool dark;
} ku_chart;

/* The format by a file's ending; KU_USAGE when it is none of svg, png and pdf. */
ku_status ku_chart_format_of(const char *path, ku_chart_format *format, ku_error *err);

/* The view of that name, or the first one that draws (neither a table nor figures) when
 * `name` is NULL. KU_USAGE naming the views there are. */
ku_status ku_chart_view(const ku_analysis *analysis, const char *name, const ku_view_spec **view,
                        ku_error *err);

/* Draws. An empty table gives a chart that says so. KU_USAGE when the filter's value is
 * not in the table. The same chart gives the same bytes. */
ku_status ku_chart_draw(const ku_chart *chart, ku_chart_format format, ku_arena *arena,
                        void **bytes, size_t *length, ku_error *err);

#endif
