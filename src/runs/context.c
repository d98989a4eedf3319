/* context.c - the kernel's side of a run: progress, remarks, random numbers, tables. */
#include "runs/context.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

enum { TELL_EVERY_NS = 50000000, REMARKS_MAX = 200, COLUMNS_MAX = 256 };

ku_arena *ku_run_arena(ku_run_context *context)
{
    return context->arena;
}

ku_pool *ku_run_pool(ku_run_context *context)
{
    return context->pool;
}

ku_rng ku_run_rng(const ku_run_context *context, uint64_t stream)
{
    return ku_rng_make(context->seed, stream);
}

bool ku_run_cancelled(const ku_run_context *context)
{
    return atomic_load_explicit(&context->control->cancel, memory_order_relaxed) != 0;
}

void ku_run_progress(ku_run_context *context, double done, const char *doing)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long now = t.tv_sec * 1000000000LL + t.tv_nsec;
    long long next = atomic_load(&context->next_tell);
    /* Of several threads that come at once, one tells. */
    if (now < next ||
        !atomic_compare_exchange_strong(&context->next_tell, &next, now + TELL_EVERY_NS))
        return;
    ku_message message = {.kind = KU_MESSAGE_PROGRESS, .number = done};
    ku_text_copy(message.text, sizeof message.text, doing != NULL ? doing : "");
    ku_message_send(context->messages, &message);
}

void ku_run_remark(ku_run_context *context, ku_severity severity, const char *check,
                   const char *format, ...)
{
    if (context->remarks++ >= REMARKS_MAX) return;
    ku_message message = {.kind = KU_MESSAGE_REMARK, .number = severity};
    char text[2 * sizeof message.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ku_text_copy(message.text, sizeof message.text, text);
    ku_text_copy(message.where, sizeof message.where, check != NULL ? check : "");
    ku_message_send(context->messages, &message);
}

ku_frame_builder *ku_run_output(ku_run_context *context, const char *table)
{
    const ku_table_spec *spec = context->analysis->outputs;
    while (spec->name != NULL && strcmp(spec->name, table) != 0) spec++;
    assert(spec->name != NULL && "the descriptor names this output table");
    ku_field fields[COLUMNS_MAX];
    size_t count = 0;
    for (const ku_column_spec *column = spec->columns; column->name != NULL; column++) {
        assert(count < COLUMNS_MAX);
        fields[count++] = (ku_field){column->name, column->type};
    }
    return ku_frame_builder_new(table, fields, count);
}
