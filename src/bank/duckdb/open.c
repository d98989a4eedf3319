/* open.c - opening a DuckDB database so that it does nothing by itself: no extension is
 * fetched or loaded, times are UTC, memory and threads are limited, what does not fit
 * memory goes to one folder. A bank opened for reading has its configuration locked, too;
 * importing needs a connection's own settings. */
#include <inttypes.h>
#include <string.h>

#include "bank/duckdb/engine_internal.h"
#include "base/text.h"

static const uint64_t DEFAULT_MEMORY = UINT64_C(2) << 30;

typedef struct setting {
    const char *name, *value;
} setting;

static ku_status configure(duckdb_config config, const char *path, const ku_bank_options *options,
                           ku_error *err)
{
    char memory[32], threads[16], temp[4096];
    uint64_t limit = options->memory_limit != 0 ? options->memory_limit : DEFAULT_MEMORY;
    snprintf(memory, sizeof memory, "%" PRIu64 "KiB", limit / 1024);
    snprintf(threads, sizeof threads, "%u", options->threads);
    if (options->temp_dir != NULL)
        ku_text_copy(temp, sizeof temp, options->temp_dir);
    else
        snprintf(temp, sizeof temp, "%s.tmp", path != NULL ? path : "");
    const setting settings[] = {
        {"access_mode", options->mode == KU_BANK_READ && path != NULL ? "READ_ONLY" : "READ_WRITE"},
        {"memory_limit", memory},
        {"threads", options->threads != 0 ? threads : NULL},
        {"temp_directory", path != NULL || options->temp_dir != NULL ? temp : NULL},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value == NULL) continue;
        if (duckdb_set_config(config, settings[i].name, settings[i].value) != DuckDBSuccess)
            return ku_error_set(err, KU_FAULT, NULL, "the data bank refused the setting %s = %s",
                                settings[i].name, settings[i].value);
    }
    return KU_OK;
}

/* What makes a file unusable, in words that say what to do. */
static ku_status open_error(const char *path, const char *message, ku_error *err)
{
    if (message == NULL) message = "no reason given";
    if (strstr(message, "not a valid DuckDB database") != NULL ||
        strstr(message, "Corrupt database") != NULL || strstr(message, "checksum") != NULL)
        return ku_error_set(
            err, KU_BAD_DATA, path,
            "the bank's file is damaged or is not a bank; restore it from a backup");
    if (strstr(message, "version number") != NULL || strstr(message, "newer version") != NULL)
        return ku_error_set(err, KU_CONFLICT, path,
                            "the bank was written by a newer program; update this one");
    ku_error found = {0};
    ku_status status = ku_duckdb_error(message, &found);
    if (status == KU_FAULT) status = KU_IO;
    const char *holder = strstr(message, "lock is held in ");
    if (status == KU_BUSY && holder != NULL) {
        holder += strlen("lock is held in ");
        size_t length = strcspn(holder, ")");
        return ku_error_set(err, status, path, "the bank is in use by %.*s)", (int)length, holder);
    }
    return ku_error_set(err, status, path, "the bank cannot be opened: %s", found.message);
}

static ku_status run_setup(ku_duckdb_database *database, const ku_bank_options *options,
                           ku_error *err)
{
    const char *const setup[] = {
        "SET GLOBAL TimeZone = 'UTC'",
        "SET GLOBAL Calendar = 'gregorian'",
        options->mode == KU_BANK_READ ? "SET GLOBAL lock_configuration = true" : NULL,
    };
    duckdb_connection connection;
    if (duckdb_connect(database->handle, &connection) != DuckDBSuccess)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "the data bank gave no connection");
    ku_status status = KU_OK;
    for (size_t i = 0; status == KU_OK && i < sizeof setup / sizeof *setup; i++) {
        duckdb_result result;
        if (setup[i] == NULL) continue;
        if (duckdb_query(connection, setup[i], &result) != DuckDBSuccess)
            status = ku_duckdb_error(duckdb_result_error(&result), err);
        duckdb_destroy_result(&result);
    }
    if (status == KU_OK) status = ku_duckdb_register_feeds(connection, &database->feeds, err);
    duckdb_disconnect(&connection);
    return status;
}

static ku_status open_handle(const char *path, const ku_bank_options *options,
                             duckdb_database *handle, ku_error *err)
{
    duckdb_config config;
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return ku_error_set(err, KU_NO_MEMORY, path, "no memory to open the bank");
    ku_status status = configure(config, path, options, err);
    if (status == KU_OK) {
        char *message = NULL;
        if (duckdb_open_ext(path, handle, config, &message) != DuckDBSuccess) {
            status = open_error(path != NULL ? path : "memory", message, err);
            *handle = NULL;
        }
        duckdb_free(message);
    }
    duckdb_destroy_config(&config);
    return status;
}

ku_status ku_duckdb_open(const char *path, const ku_bank_options *options, void **database,
                         ku_error *err)
{
    ku_duckdb_database *opened = calloc(1, sizeof *opened);
    if (opened == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory to open the bank");
    ku_status status = open_handle(path, options, &opened->handle, err);
    if (status == KU_OK) status = run_setup(opened, options, err);
    if (status == KU_OK)
        *database = opened;
    else
        ku_duckdb_close(opened);
    return status;
}

void ku_duckdb_close(void *database)
{
    ku_duckdb_database *opened = database;
    if (opened->handle != NULL) duckdb_close(&opened->handle);
    free(opened);
}
