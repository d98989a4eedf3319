/* feed.c - rows made by the program as a DuckDB table function.
 *
 * A table function once registered stays in the catalog for as long as the database is
 * open, so there is one, feed(number), and a list of the feeds that can be read by their
 * numbers at the moment. DuckDB calls it from all its threads; each has the feed's own
 * state for the thread, and texts are handed over without a copy, as DuckDB takes what it
 * keeps before it asks for the next rows. DuckDB may go on with a thread's state on
 * another thread; the state has a lock of its own, so that the order of the two does not
 * rest on what DuckDB does. */
#include <string.h>

#include "bank/duckdb/engine_internal.h"

#define SLOTS 64

typedef struct slot {
    const ku_feed *feed;
    ku_error failure; /* the first; code KU_OK: none */
} slot;

struct ku_duckdb_feeds {
    pthread_mutex_t lock;
    slot slot[SLOTS];
};

/* ---- the list -------------------------------------------------------------------------- */

static void feeds_free(void *data)
{
    struct ku_duckdb_feeds *feeds = data;
    pthread_mutex_destroy(&feeds->lock);
    free(feeds);
}

ku_status ku_duckdb_feed(void *connection, const ku_feed *feed, int64_t *number, ku_error *err)
{
    struct ku_duckdb_feeds *feeds = ((ku_duckdb_connection *)connection)->feeds;
    ku_status status = KU_BUSY;
    pthread_mutex_lock(&feeds->lock);
    for (int i = 0; i < SLOTS && status != KU_OK; i++) {
        if (feeds->slot[i].feed != NULL) continue;
        feeds->slot[i] = (slot){.feed = feed};
        *number = i;
        status = KU_OK;
    }
    pthread_mutex_unlock(&feeds->lock);
    if (status == KU_OK) return KU_OK;
    return ku_error_set(err, status, NULL, "too many imports run at once");
}

ku_status ku_duckdb_unfeed(void *connection, int64_t number, ku_error *err)
{
    struct ku_duckdb_feeds *feeds = ((ku_duckdb_connection *)connection)->feeds;
    pthread_mutex_lock(&feeds->lock);
    ku_error failure = feeds->slot[number].failure;
    feeds->slot[number] = (slot){.feed = NULL};
    pthread_mutex_unlock(&feeds->lock);
    if (failure.code != KU_OK && err != NULL) *err = failure;
    return failure.code;
}

static const ku_feed *feed_of(struct ku_duckdb_feeds *feeds, const slot *s)
{
    pthread_mutex_lock(&feeds->lock);
    const ku_feed *feed = s->feed;
    pthread_mutex_unlock(&feeds->lock);
    return feed;
}

static void keep_failure(struct ku_duckdb_feeds *feeds, slot *s, const ku_error *failure)
{
    pthread_mutex_lock(&feeds->lock);
    if (s->failure.code == KU_OK) s->failure = *failure;
    pthread_mutex_unlock(&feeds->lock);
}

/* ---- the table function ----------------------------------------------------------------- */

static duckdb_type type_of(ku_type type)
{
    static const duckdb_type types[KU_TYPE_COUNT] = {
        [KU_INT64] = DUCKDB_TYPE_BIGINT,        [KU_DOUBLE] = DUCKDB_TYPE_DOUBLE,
        [KU_BOOL] = DUCKDB_TYPE_BOOLEAN,        [KU_DATE] = DUCKDB_TYPE_DATE,
        [KU_TIMESTAMP] = DUCKDB_TYPE_TIMESTAMP, [KU_TEXT] = DUCKDB_TYPE_VARCHAR};
    return types[type];
}

static void feed_bind(duckdb_bind_info info)
{
    struct ku_duckdb_feeds *feeds = duckdb_bind_get_extra_info(info);
    duckdb_value value = duckdb_bind_get_parameter(info, 0);
    int64_t number = duckdb_get_int64(value);
    duckdb_destroy_value(&value);
    const ku_feed *feed = number >= 0 && number < SLOTS ? feed_of(feeds, &feeds->slot[number])
                                                        : NULL;
    if (feed == NULL) {
        duckdb_bind_set_error(info, "there is no such feed");
        return;
    }
    for (size_t i = 0; i < feed->field_count; i++) {
        duckdb_logical_type type = duckdb_create_logical_type(type_of(feed->field[i].type));
        duckdb_bind_add_result_column(info, feed->field[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
    if (feed->expected_rows > 0) duckdb_bind_set_cardinality(info, feed->expected_rows, false);
    duckdb_bind_set_bind_data(info, &feeds->slot[number], NULL);
}

static void feed_init(duckdb_init_info info)
{
    const ku_feed *feed = feed_of(duckdb_init_get_extra_info(info),
                                  duckdb_init_get_bind_data(info));
    duckdb_init_set_max_threads(info, feed->threads > 0 ? feed->threads : 1024);
}

/* What one of DuckDB's threads works with. */
typedef struct feed_thread {
    pthread_mutex_t lock;
    const ku_feed *feed;
    void *state;
    ku_feed_column *column;
} feed_thread;

static void thread_free(void *data)
{
    feed_thread *thread = data;
    pthread_mutex_lock(&thread->lock);
    pthread_mutex_unlock(&thread->lock);
    pthread_mutex_destroy(&thread->lock);
    if (thread->state != NULL) thread->feed->end(thread->state);
    free(thread->column);
    free(thread);
}

static feed_thread *thread_new(const ku_feed *feed)
{
    feed_thread *thread = calloc(1, sizeof *thread);
    if (thread != NULL) thread->column = calloc(feed->field_count, sizeof *thread->column);
    if (thread == NULL || thread->column == NULL) {
        free(thread);
        return NULL;
    }
    pthread_mutex_init(&thread->lock, NULL);
    thread->feed = feed;
    return thread;
}

static void feed_local_init(duckdb_init_info info)
{
    struct ku_duckdb_feeds *feeds = duckdb_init_get_extra_info(info);
    slot *s = duckdb_init_get_bind_data(info);
    const ku_feed *feed = feed_of(feeds, s);
    ku_error err = {0};
    feed_thread *thread = thread_new(feed);
    if (thread == NULL) {
        duckdb_init_set_error(info, "no memory");
        return;
    }
    pthread_mutex_lock(&thread->lock);
    ku_status status = feed->start(feed->data, &thread->state, &err);
    pthread_mutex_unlock(&thread->lock);
    duckdb_init_set_init_data(info, thread, thread_free);
    if (status == KU_OK) return;
    keep_failure(feeds, s, &err);
    duckdb_init_set_error(info, err.message);
}

/* A span becomes DuckDB's own form of a text, in the same sixteen bytes. */
static void hand_over_texts(ku_span *text, const uint64_t *validity, size_t rows)
{
    _Static_assert(sizeof(ku_span) == sizeof(duckdb_string_t), "converted in place");
    for (size_t i = 0; i < rows; i++) {
        duckdb_string_t string = {0};
        ku_span span = validity[i / 64] >> (i % 64) & 1 ? text[i] : (ku_span){"", 0};
        string.value.inlined.length = (uint32_t)span.length;
        if (span.length <= sizeof string.value.inlined.inlined) {
            memcpy(string.value.inlined.inlined, span.at, span.length);
        } else {
            memcpy(string.value.pointer.prefix, span.at, sizeof string.value.pointer.prefix);
            memcpy(&string.value.pointer.ptr, &span.at, sizeof span.at);
        }
        memcpy(&text[i], &string, sizeof string);
    }
}

static ku_status fill(feed_thread *thread, duckdb_data_chunk output, ku_error *err)
{
    const ku_feed *feed = thread->feed;
    for (size_t i = 0; i < feed->field_count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(output, i);
        duckdb_vector_ensure_validity_writable(vector);
        thread->column[i].as.data = duckdb_vector_get_data(vector);
        thread->column[i].validity = duckdb_vector_get_validity(vector);
    }
    ku_feed_chunk chunk = {duckdb_vector_size(), 0, thread->column};
    KU_TRY(feed->fill(feed->data, thread->state, &chunk, err));
    for (size_t i = 0; i < feed->field_count; i++)
        if (feed->field[i].type == KU_TEXT)
            hand_over_texts(chunk.column[i].as.text, chunk.column[i].validity, chunk.rows);
    duckdb_data_chunk_set_size(output, chunk.rows);
    return KU_OK;
}

static void feed_function(duckdb_function_info info, duckdb_data_chunk output)
{
    feed_thread *thread = duckdb_function_get_local_init_data(info);
    ku_error err = {0};
    pthread_mutex_lock(&thread->lock);
    ku_status status = fill(thread, output, &err);
    pthread_mutex_unlock(&thread->lock);
    if (status == KU_OK) return;
    keep_failure(duckdb_function_get_extra_info(info), duckdb_function_get_bind_data(info), &err);
    duckdb_function_set_error(info, err.message);
}

ku_status ku_duckdb_register_feeds(duckdb_connection connection, struct ku_duckdb_feeds **out,
                                   ku_error *err)
{
    struct ku_duckdb_feeds *feeds = calloc(1, sizeof *feeds);
    if (feeds == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the bank");
    pthread_mutex_init(&feeds->lock, NULL);
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_table_function_set_name(function, "feed");
    duckdb_table_function_add_parameter(function, number);
    duckdb_table_function_set_extra_info(function, feeds, feeds_free);
    duckdb_table_function_set_bind(function, feed_bind);
    duckdb_table_function_set_init(function, feed_init);
    duckdb_table_function_set_local_init(function, feed_local_init);
    duckdb_table_function_set_function(function, feed_function);
    duckdb_state state = duckdb_register_table_function(connection, function);
    duckdb_destroy_table_function(&function);
    duckdb_destroy_logical_type(&number);
    if (state != DuckDBSuccess)
        return ku_error_set(err, KU_FAULT, NULL, "the data bank refused the table of feeds");
    *out = feeds;
    return KU_OK;
}
