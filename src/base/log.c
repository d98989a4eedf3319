/* log.c - one line an event in logfmt: time level event key=value ...
 * A line is built on the stack and written by one write(2), which keeps lines of several
 * threads apart; what does not fit is cut and the line says so. */
#include "base/log.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/date.h"
#include "base/number.h"
#include "base/text.h"

enum { LINE_SIZE = 4096 };

static const char *const level_names[] = {"error", "warn", "info", "debug"};

bool ku_log_level_find(const char *name, ku_log_level *level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (ku_text_fold_equal(level_names[i], name)) {
            *level = (ku_log_level)i;
            return true;
        }
    return false;
}

typedef struct line {
    char bytes[LINE_SIZE];
    size_t length;
    bool cut;
} line;

static void add(line *l, const char *text, size_t length)
{
    static const char mark[] = " cut=true\n";
    size_t room = LINE_SIZE - sizeof mark - l->length;
    if (l->cut) return;
    if (length > room) {
        l->cut = true;
        return;
    }
    memcpy(l->bytes + l->length, text, length);
    l->length += length;
}

static void add_string(line *l, const char *text)
{
    add(l, text, strlen(text));
}

static bool is_bare(const char *text)
{
    if (*text == '\0') return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=' || *text == 0x7F)
            return false;
    return true;
}

/* In quotes where needed; line breaks and other control characters are escaped, so that
 * nobody can write a log line by way of a value. */
static void add_value(line *l, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    if (is_bare(text)) {
        add_string(l, text);
        return;
    }
    add(l, "\"", 1);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            add(l, (const char[]){'\\', *text}, 2);
        else if (c < 0x20 || c == 0x7F)
            add(l, (const char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
        else
            add(l, text, 1);
    }
    add(l, "\"", 1);
}

static bool names_a_secret(const char *key)
{
    static const char *const words[] = {"password", "passphrase",    "token", "secret",
                                        "cookie",   "authorization", "key",   "credential"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        for (const char *at = key; strlen(at) >= length; at++)
            if (strncasecmp(at, words[i], length) == 0) return true;
    }
    return false;
}

static void add_field(line *l, const ku_log_field *field)
{
    char number[KU_DOUBLE_TEXT];
    add(l, " ", 1);
    add_string(l, field->key);
    add(l, "=", 1);
    if (names_a_secret(field->key)) {
        add_string(l, "(hidden)");
    } else if (field->kind == KU_LOG_AS_INT) {
        snprintf(number, sizeof number, "%lld", (long long)field->integer);
        add_string(l, number);
    } else if (field->kind == KU_LOG_AS_REAL) {
        ku_double_print(field->real, number);
        add_string(l, number);
    } else {
        add_value(l, field->text != NULL ? field->text : "(none)");
    }
}

void ku_log_write(const ku_log *log, ku_log_level level, const char *event,
                  const ku_log_field *fields, size_t count)
{
    if (log == NULL || log->fd < 0 || level > log->level) return;
    line l;
    l.length = 0;
    l.cut = false;
    char time[KU_TIMESTAMP_TEXT];
    add_string(&l, "time=");
    add_string(&l, ku_timestamp_format(ku_now_micros(), time));
    add_string(&l, " level=");
    add_string(&l, level_names[level]);
    add_string(&l, " event=");
    add_value(&l, event);
    for (size_t i = 0; i < count; i++) add_field(&l, &fields[i]);
    const char *end = l.cut ? " cut=true\n" : "\n";
    memcpy(l.bytes + l.length, end, strlen(end));
    ssize_t written = write(log->fd, l.bytes, l.length + strlen(end));
    (void)written; /* a log that cannot be written has nowhere to complain */
}

void ku_log_failure(const ku_log *log, const char *event, const ku_error *err)
{
    ku_log_event(log, KU_LOG_ERROR, event, KU_LOG_TEXT("code", ku_status_name(err->code)),
                 KU_LOG_TEXT("where", err->where), KU_LOG_TEXT("message", err->message));
}
