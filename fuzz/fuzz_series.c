/* fuzz_series.c - any bytes as a table of series, dates, values and further columns: refused
 * with a message, or laid out in bounded memory with every value finite. */
#include "bytes.h"

#include "forecast/series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FURTHER = 3 };

static int64_t take_number(bytes *from)
{
    switch (take_below(from, 8)) {
    case 0:
        return take(from) * 1000003;
    case 1:
        return INT64_MAX - take(from);
    case 2:
        return INT64_MIN + take(from);
    case 3:
        return (int64_t)take(from) << 22;
    default:
        return take(from) * 7;
    }
}

static int32_t take_day(bytes *from, int row)
{
    switch (take_below(from, 16)) {
    case 0:
        return INT32_MAX - take(from);
    case 1:
        return INT32_MIN + take(from);
    case 2:
        return take(from) * 400;
    case 3:
        return -719162 + take(from); /* the year 1 */
    case 4:
        return 2932896 - take(from); /* the year 9999 */
    case 5:
        return 18262 + (int32_t)(30.4375 * take(from));
    default:
        return 18262 + 7 * row;
    }
}

static double take_value(bytes *from)
{
    static const double odd[] = {INFINITY, -INFINITY, NAN, 1e121, 1e300, -0.0};
    int k = take_below(from, 32);
    return k < 6 ? odd[k] : take_scale(from) * (take(from) - 20);
}

/* Nothing to refuse: two series of regular dates with holes. */
static void put_tame_row(ku_frame_builder *table, bytes *from, int row, bool numbers)
{
    int kind = take(from);
    ku_build_text(table, 0, row % 2 ? "a" : "b");
    int64_t date = row / 2 * (1 + (kind == 255)) + (kind == 254 ? 900 : 0);
    if (kind > 250 && kind < 254) return; /* the row is not built: a hole */
    if (numbers)
        ku_build_int(table, 1, 3 * date);
    else
        ku_build_date(table, 1, (int32_t)(18262 + 7 * date));
    if (kind < 240) ku_build_double(table, 2, take_scale(from) * (kind - 20));
    for (int c = 0; c < FURTHER; c++)
        if (kind & 1 << c) ku_build_double(table, 4 + c, take_scale(from) * kind);
    ku_build_row(table);
}

static void put_row(ku_frame_builder *table, bytes *from, int row, bool numbers)
{
    static const char *const names[] = {"a", "b", "", "a long name of a series", "\xc3\xa4", "a "};
    int name = take_below(from, 8), date = take_below(from, 64), value = take_below(from, 16);
    if (name < 7) ku_build_text(table, 0, names[name % 6]);
    if (date < 63 && numbers) ku_build_int(table, 1, date < 40 ? row : take_number(from));
    if (date < 63 && !numbers) ku_build_date(table, 1, take_day(from, row));
    if (value < 14) ku_build_double(table, 2, take_value(from));
    if (value == 13) ku_build_bool(table, 3, take(from) & 1);
    for (int c = 0; c < FURTHER; c++)
        if (take(from) & 1) ku_build_double(table, 4 + c, take_value(from));
    if (value == 12) ku_build_text(table, 4 + FURTHER, "words");
    ku_build_row(table);
}

static ku_frame *take_table(bytes *from)
{
    static const ku_field fields[] = {{"series", KU_TEXT},  {"date", KU_DATE_OR_INT64},
                                      {"value", KU_DOUBLE}, {"complete", KU_BOOL},
                                      {"price", KU_DOUBLE}, {"price_sd", KU_DOUBLE},
                                      {"media", KU_DOUBLE}, {"note", KU_TEXT}};
    ku_frame_builder *table = ku_frame_builder_new("series", fields,
                                                   sizeof fields / sizeof *fields);
    ku_frame *frame;
    ku_error err = {0};
    bool numbers = take(from) & 1, tame = take(from) & 1;
    for (int row = 0; row < 400 && from->left > 0; row++)
        (tame ? put_tame_row : put_row)(table, from, row, numbers);
    return ku_frame_builder_finish(table, &frame, &err) == KU_OK ? frame : NULL;
}

static void check_series(const ku_series_set *set, const ku_series *s)
{
    char text[KU_SERIES_DATE];
    if (s->n < 0 || s->ahead < 0 || s->ahead > KU_SERIES_AHEAD)
        wrong("%d periods, %d ahead", s->n, s->ahead);
    if (s->n > 0 && s->value == NULL && 2 * (int64_t)s->gaps <= s->n) wrong("no values");
    for (int t = 0; t < s->n && s->value; t++)
        if (!isfinite(s->value[t]) || fabs(s->value[t]) > 1e120)
            wrong("value %d is %g", t, s->value[t]);
    for (int t = 0; t < (s->n + s->ahead) * set->columns && s->value; t++)
        if (isinf(s->x[t])) wrong("regressor %d is infinite", t);
    for (int h = 0; h < 3; h++) {
        int64_t date = ku_series_date(&set->period, s->first, s->n + h);
        ku_series_date_text(&set->period, date, text);
        if (s->value && ku_series_place(&set->period, s->first, date) != s->n + h)
            wrong("period %d is not where it is", s->n + h);
    }
    if (ku_series_find(set, s->name) != s) wrong("series not found by its name");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const periods[] = {"auto",    "auto", "day", "week",   "month",
                                          "quarter", "year", "12",  "24,168", "x,,1"};
    bytes from = {data, size};
    ku_arena *arena = ku_arena_new();
    ku_series_set set;
    ku_error err = {0};
    const char *period = periods[take_below(&from, sizeof periods / sizeof *periods)];
    ku_frame *table = take_table(&from);
    double start = seconds_used();
    ku_status status = ku_series_read(table, period, arena, &set, &err);
    if (status != KU_OK && err.message[0] == '\0') wrong("refused without a word");
    for (size_t i = 0; status == KU_OK && i < set.count; i++) check_series(&set, &set.series[i]);
    if (seconds_used() - start > 2) wrong("took %.1f s", seconds_used() - start);
    if (ku_arena_used(arena) > (size_t)256 << 20)
        wrong("took %zu bytes for %zu of input", ku_arena_used(arena), size);
    ku_frame_free(table);
    ku_arena_free(arena);
    return 0;
}
