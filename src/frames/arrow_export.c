/* arrow_export.c - a frame as an Arrow struct array.
 *
 * Arrow lets a receiver move single children out of a struct array and release them on
 * their own, so the frame is kept by a count of all arrays that still point into it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "frames/arrow.h"

/* ---- schema ---------------------------------------------------------------------------- */

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child == NULL) continue;
        if (child->release != NULL) child->release(child);
        free(child);
    }
    if (schema->dictionary != NULL) {
        if (schema->dictionary->release != NULL) schema->dictionary->release(schema->dictionary);
        free(schema->dictionary);
    }
    free(schema->children);
    free((char *)schema->name);
    schema->release = NULL;
}

static const char *format_of(ku_type type)
{
    static const char *const formats[KU_TYPE_COUNT] = {
        [KU_INT64] = "l",  [KU_DOUBLE] = "g",       [KU_BOOL] = "b",
        [KU_DATE] = "tdD", [KU_TIMESTAMP] = "tsu:", [KU_TEXT] = "i"};
    return formats[type];
}

static bool make_schema(struct ArrowSchema *schema, const char *format, const char *name)
{
    *schema = (struct ArrowSchema){.format = format,
                                   .name = strdup(name),
                                   .flags = ARROW_FLAG_NULLABLE,
                                   .release = release_schema};
    return schema->name != NULL;
}

static bool make_column_schema(struct ArrowSchema *schema, const ku_column *column)
{
    if (!make_schema(schema, format_of(column->type), column->name)) return false;
    if (column->type != KU_TEXT) return true;
    schema->dictionary = calloc(1, sizeof *schema->dictionary);
    return schema->dictionary != NULL && make_schema(schema->dictionary, "u", "");
}

static bool make_frame_schema(struct ArrowSchema *schema, const ku_frame *frame)
{
    if (!make_schema(schema, "+s", frame->name)) return false;
    schema->flags = 0;
    schema->children = calloc((size_t)frame->columns + 1, sizeof *schema->children);
    if (schema->children == NULL) return false;
    for (int32_t i = 0; i < frame->columns; i++) {
        schema->children[i] = calloc(1, sizeof **schema->children);
        schema->n_children = i + 1;
        if (schema->children[i] == NULL ||
            !make_column_schema(schema->children[i], &frame->column[i]))
            return false;
    }
    return true;
}

/* ---- array ------------------------------------------------------------------------------ */

/* The exported frame, kept while any array points into it. */
typedef struct shared {
    ku_frame *frame;
    atomic_int users;
} shared;

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child == NULL) continue;
        if (child->release != NULL) child->release(child);
        free(child);
    }
    if (array->dictionary != NULL) {
        if (array->dictionary->release != NULL) array->dictionary->release(array->dictionary);
        free(array->dictionary);
    }
    free(array->children);
    free(array->buffers);
    array->release = NULL;
    shared *s = array->private_data;
    if (atomic_fetch_sub(&s->users, 1) > 1) return;
    ku_frame_free(s->frame);
    free(s);
}

static bool make_array(struct ArrowArray *array, shared *s, int64_t length, int64_t nulls,
                       int64_t buffers)
{
    *array = (struct ArrowArray){.length = length,
                                 .null_count = nulls,
                                 .n_buffers = buffers,
                                 .buffers = calloc((size_t)buffers, sizeof(void *)),
                                 .release = release_array,
                                 .private_data = s};
    atomic_fetch_add(&s->users, 1);
    return array->buffers != NULL;
}

static bool make_column_array(struct ArrowArray *array, shared *s, const ku_column *column)
{
    if (!make_array(array, s, column->rows, column->nulls, 2)) return false;
    array->buffers[0] = column->validity;
    array->buffers[1] = column->as.data;
    if (column->type != KU_TEXT) return true;
    const ku_dictionary *d = &column->dictionary;
    array->dictionary = calloc(1, sizeof *array->dictionary);
    if (array->dictionary == NULL || !make_array(array->dictionary, s, d->size, 0, 3)) return false;
    array->dictionary->buffers[1] = d->offset;
    array->dictionary->buffers[2] = d->bytes;
    return true;
}

static bool make_frame_array(struct ArrowArray *array, shared *s)
{
    const ku_frame *frame = s->frame;
    if (!make_array(array, s, frame->rows, 0, 1)) return false;
    array->children = calloc((size_t)frame->columns + 1, sizeof *array->children);
    if (array->children == NULL) return false;
    for (int32_t i = 0; i < frame->columns; i++) {
        array->children[i] = calloc(1, sizeof **array->children);
        array->n_children = i + 1;
        if (array->children[i] == NULL ||
            !make_column_array(array->children[i], s, &frame->column[i]))
            return false;
    }
    return true;
}

ku_status ku_arrow_export(ku_frame *frame, struct ArrowSchema *schema, struct ArrowArray *array,
                          ku_error *err)
{
    shared *s = malloc(sizeof *s);
    bool schema_made = make_frame_schema(schema, frame), array_made = false;
    if (s != NULL) {
        *s = (shared){.frame = frame};
        array_made = make_frame_array(array, s);
    }
    if (schema_made && array_made) return KU_OK;
    schema->release(schema);
    if (s != NULL)
        array->release(array); /* frees the frame with the last of its arrays */
    else
        ku_frame_free(frame);
    return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to hand a table over");
}
