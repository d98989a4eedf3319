/* frame.c - frames, sets of frames, and the builder that fills one row by row. */
#include "kemudi/frame.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frames/column.h"

const char *ku_type_name(ku_type type)
{
    static const char *const names[KU_TYPE_COUNT + 1] = {[KU_INT64] = "int64",
                                                         [KU_DOUBLE] = "double",
                                                         [KU_BOOL] = "bool",
                                                         [KU_DATE] = "date",
                                                         [KU_TIMESTAMP] = "timestamp",
                                                         [KU_TEXT] = "text",
                                                         [KU_DATE_OR_INT64] = "date or int64"};
    assert((unsigned)type <= KU_TYPE_COUNT);
    return names[type];
}

void ku_frame_free(ku_frame *frame)
{
    if (frame == NULL) return;
    if (frame->release != NULL) frame->release(frame->owner);
    free(frame);
}

const ku_column *ku_frame_column(const ku_frame *frame, const char *name)
{
    for (int32_t i = 0; i < frame->columns; i++)
        if (strcmp(frame->column[i].name, name) == 0) return &frame->column[i];
    return NULL;
}

char *ku_column_text(const ku_column *column, int64_t row, ku_arena *arena)
{
    assert(column->type == KU_TEXT && row >= 0 && row < column->rows);
    if (!ku_column_valid(column, row)) return NULL;
    int32_t length;
    const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
    char *copy = ku_arena_alloc(arena, (size_t)length + 1);
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    return copy;
}

double ku_column_number(const ku_column *column, int64_t row)
{
    assert(row >= 0 && row < column->rows);
    if (!ku_column_valid(column, row)) return NAN;
    switch (column->type) {
    case KU_INT64:
    case KU_TIMESTAMP:
        return (double)column->as.i64[row];
    case KU_DOUBLE:
        return column->as.f64[row];
    case KU_BOOL:
        return ku_column_bool(column, row) ? 1.0 : 0.0;
    case KU_DATE:
        return (double)column->as.days[row];
    default:
        return NAN;
    }
}

/* ---- sets ------------------------------------------------------------------------- */

void ku_frames_init(ku_frames *frames)
{
    *frames = (ku_frames){0};
}

void ku_frames_clear(ku_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) ku_frame_free(frames->frame[i]);
    free(frames->frame);
    *frames = (ku_frames){0};
}

ku_status ku_frames_add(ku_frames *frames, ku_frame *frame, ku_error *err)
{
    if (ku_frames_find(frames, frame->name) != NULL) {
        ku_status status = ku_error_set(err, KU_CONFLICT, frame->name,
                                        "there is already a table of this name");
        ku_frame_free(frame);
        return status;
    }
    ku_frame **grown = realloc(frames->frame, (frames->count + 1) * sizeof(ku_frame *));
    if (grown == NULL) {
        ku_frame_free(frame);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for one more table");
    }
    frames->frame = grown;
    frames->frame[frames->count++] = frame;
    return KU_OK;
}

ku_frame *ku_frames_find(const ku_frames *frames, const char *name)
{
    for (size_t i = 0; i < frames->count; i++)
        if (strcmp(frames->frame[i]->name, name) == 0) return frames->frame[i];
    return NULL;
}

/* ---- the builder -------------------------------------------------------------------- */

/* The value a row will get in one column. */
typedef struct cell {
    bool set;
    union {
        int64_t i64;
        double f64;
        int32_t i32;
        bool boolean;
    } as;
} cell;

struct ku_frame_builder {
    char *name;
    size_t columns;
    char **column_name;
    ku_grow *grow;
    cell *row;
    int64_t rows;
    bool failed;
};

void ku_frame_builder_free(ku_frame_builder *builder)
{
    if (builder == NULL) return;
    for (size_t i = 0; i < builder->columns; i++) {
        if (builder->grow != NULL) ku_grow_clear(&builder->grow[i]);
        if (builder->column_name != NULL) free(builder->column_name[i]);
    }
    free(builder->grow);
    free(builder->column_name);
    free(builder->row);
    free(builder->name);
    free(builder);
}

ku_frame_builder *ku_frame_builder_new(const char *name, const ku_field *fields, size_t count)
{
    ku_frame_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL) return NULL;
    builder->columns = count;
    builder->name = strdup(name);
    builder->column_name = calloc(count + 1, sizeof *builder->column_name);
    builder->grow = calloc(count + 1, sizeof *builder->grow);
    builder->row = calloc(count + 1, sizeof *builder->row);
    bool whole = builder->name != NULL && builder->column_name != NULL && builder->grow != NULL &&
                 builder->row != NULL;
    for (size_t i = 0; whole && i < count; i++) {
        ku_grow_init(&builder->grow[i], fields[i].type);
        builder->column_name[i] = strdup(fields[i].name);
        whole = builder->column_name[i] != NULL;
    }
    if (whole) return builder;
    ku_frame_builder_free(builder);
    return NULL;
}

/* A column of dates or numbers becomes what its first value is. What it held until then is
 * missing, and is counted anew in the width of the type. */
static void settle(ku_grow *grow, ku_type type)
{
    if (grow->type != KU_DATE_OR_INT64 || (type != KU_DATE && type != KU_INT64)) return;
    int64_t missing = grow->rows;
    bool failed = grow->failed;
    ku_grow_clear(grow);
    ku_grow_init(grow, type);
    grow->failed = failed;
    for (int64_t i = 0; i < missing; i++) ku_grow_null(grow);
}

static cell *cell_of(ku_frame_builder *builder, int column, ku_type type)
{
    assert(column >= 0 && (size_t)column < builder->columns);
    settle(&builder->grow[column], type);
    assert(builder->grow[column].type == type);
    builder->row[column].set = true;
    return &builder->row[column];
}

void ku_build_int(ku_frame_builder *builder, int column, int64_t value)
{
    assert(column >= 0 && (size_t)column < builder->columns);
    if (builder->grow[column].type == KU_DOUBLE)
        ku_build_double(builder, column, (double)value);
    else
        cell_of(builder, column, KU_INT64)->as.i64 = value;
}

void ku_build_double(ku_frame_builder *builder, int column, double value)
{
    cell_of(builder, column, KU_DOUBLE)->as.f64 = value;
}

void ku_build_bool(ku_frame_builder *builder, int column, bool value)
{
    cell_of(builder, column, KU_BOOL)->as.boolean = value;
}

void ku_build_date(ku_frame_builder *builder, int column, int32_t days)
{
    cell_of(builder, column, KU_DATE)->as.i32 = days;
}

void ku_build_timestamp(ku_frame_builder *builder, int column, int64_t micros)
{
    cell_of(builder, column, KU_TIMESTAMP)->as.i64 = micros;
}

void ku_build_text(ku_frame_builder *builder, int column, const char *text)
{
    if (text != NULL)
        ku_build_textn(builder, column, text, strlen(text));
    else
        cell_of(builder, column, KU_TEXT)->set = false;
}

void ku_build_textn(ku_frame_builder *builder, int column, const char *text, size_t length)
{
    cell *c = cell_of(builder, column, KU_TEXT);
    ku_grow *grow = &builder->grow[column];
    /* The text is not the builder's to keep, so its code is found now. */
    c->as.i32 = ku_words_code(&grow->words, text, length);
    if (c->as.i32 < 0) grow->failed = true;
}

static void put(ku_grow *grow, const cell *c)
{
    if (!c->set) {
        ku_grow_null(grow);
        return;
    }
    switch (grow->type) {
    case KU_INT64:
    case KU_TIMESTAMP:
        ku_grow_i64(grow, c->as.i64);
        break;
    case KU_DOUBLE:
        ku_grow_f64(grow, c->as.f64);
        break;
    case KU_BOOL:
        ku_grow_bool(grow, c->as.boolean);
        break;
    case KU_DATE:
        ku_grow_i32(grow, c->as.i32);
        break;
    default:
        ku_grow_code(grow, c->as.i32);
        break;
    }
}

void ku_build_row(ku_frame_builder *builder)
{
    for (size_t i = 0; i < builder->columns; i++) {
        if (!builder->grow[i].failed) put(&builder->grow[i], &builder->row[i]);
        builder->failed = builder->failed || builder->grow[i].failed;
        builder->row[i].set = false;
    }
    builder->rows++;
}

int64_t ku_build_rows(const ku_frame_builder *builder)
{
    return builder->rows;
}

ku_status ku_frame_builder_finish(ku_frame_builder *builder, ku_frame **frame, ku_error *err)
{
    ku_status status = KU_OK;
    ku_owner *owner = ku_owner_new();
    ku_column *columns = calloc(builder->columns + 1, sizeof *columns);
    bool whole = !builder->failed && owner != NULL && columns != NULL;
    for (size_t i = 0; i < builder->columns; i++) settle(&builder->grow[i], KU_DATE);
    for (size_t i = 0; whole && i < builder->columns; i++)
        whole = ku_grow_finish(&builder->grow[i], owner, builder->column_name[i], &columns[i]);
    ku_frame *built = NULL;
    if (whole)
        built = ku_frame_over(owner, builder->name, builder->rows, columns, builder->columns);
    else
        ku_owner_free(owner);
    if (built == NULL)
        status = ku_error_set(err, KU_NO_MEMORY, builder->name,
                              "no memory for the table of %lld rows", (long long)builder->rows);
    else
        *frame = built;
    free(columns);
    ku_frame_builder_free(builder);
    return status;
}

ku_status ku_frames_add_built(ku_frames *frames, ku_frame_builder *builder, ku_error *err)
{
    ku_frame *frame = NULL;
    KU_TRY(ku_frame_builder_finish(builder, &frame, err));
    return ku_frames_add(frames, frame, err);
}

ku_status ku_frames_add_all(ku_frames *frames, ku_frame_builder *const *builders, size_t count,
                            ku_error *err)
{
    ku_status status = KU_OK;
    for (size_t i = 0; i < count; i++)
        if (status == KU_OK)
            status = ku_frames_add_built(frames, builders[i], err);
        else
            ku_frame_builder_free(builders[i]);
    return status;
}
