/* error.c - DuckDB's messages in this program's terms: which status, and the sentence
 * without the parts that speak of SQL. A message begins with its class ("Conversion Error:
 * ..."); that is read here because not every call of the C API gives the class by itself. */
#include <string.h>

#include "bank/duckdb/engine_internal.h"
#include "base/text.h"

static const struct {
    const char *class;
    ku_status status;
} classes[] = {
    {"INTERRUPT", KU_CANCELLED},
    {"Out of Memory", KU_LIMIT},
    {"IO", KU_IO},
    {"Permission", KU_NOT_ALLOWED},
    {"TransactionContext", KU_CONFLICT},
    {"Out of Range", KU_BAD_DATA},
    {"Conversion", KU_BAD_DATA},
    {"Decimal", KU_BAD_DATA},
    {"Divide by Zero", KU_BAD_DATA},
    {"Constraint", KU_BAD_DATA},
    {"Invalid Input", KU_BAD_DATA},
    {"Serialization", KU_BAD_DATA},
};

/* Words within a message that tell more than its class. */
static const struct {
    const char *words;
    ku_status status;
} told[] = {
    {"No space left", KU_NO_SPACE},           {"disk space", KU_NO_SPACE},
    {"File too large", KU_NO_SPACE},          {"Disk quota", KU_NO_SPACE},
    {"max_temp_directory_size", KU_NO_SPACE}, {"Could not set lock", KU_BUSY},
    {"Permission denied", KU_NOT_ALLOWED},    {"No such file", KU_NOT_FOUND},
    {"No files found", KU_NOT_FOUND},
};

static ku_status status_of(const char *message)
{
    ku_status status = KU_FAULT;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (ku_text_starts(message, classes[i].class)) status = classes[i].status;
    if (status != KU_IO && status != KU_LIMIT) return status;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strstr(message, told[i].words) != NULL) return told[i].status;
    return status;
}

ku_status ku_duckdb_error(const char *message, ku_error *err)
{
    if (message == NULL) message = "the data bank failed without a reason";
    ku_status status = status_of(message);
    if (status == KU_CANCELLED) return ku_error_set(err, status, NULL, "cancelled");
    if (status == KU_NO_SPACE)
        return ku_error_set(err, status, NULL,
                            "the disk that holds the bank is full; make room and try again");
    const char *text = strstr(message, "Error: ");
    text = text != NULL && text - message < 40 ? text + strlen("Error: ") : message;
    return ku_error_set(err, status, NULL, "%.*s", (int)strcspn(text, "\n"), text);
}
