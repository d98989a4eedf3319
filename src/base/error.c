/* error.c - filling in a ku_error. Texts are cut at a character, never inside one, and
 * line breaks become spaces, so that an error is always one line wherever it is shown. */
#include "kemudi/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void to_one_line(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
}

/* vsnprintf may cut inside a character; takes the broken end away. */
static void format_cut(char *to, size_t size, const char *format, va_list args) KU_PRINTF(3, 0);

static void format_cut(char *to, size_t size, const char *format, va_list args)
{
    int wanted = vsnprintf(to, size, format, args);
    if (wanted < 0) to[0] = '\0';
    if (wanted >= (int)size) {
        size_t length = strlen(to);
        while (length > 0 && ((unsigned char)to[length - 1] & 0xC0) == 0x80) length--;
        if (length > 0 && (unsigned char)to[length - 1] >= 0xC0) {
            size_t whole = ku_utf8_size((unsigned char)to[length - 1]);
            if (length - 1 + whole > strlen(to)) to[length - 1] = '\0';
        }
    }
    to_one_line(to);
}

ku_status ku_error_setv(ku_error *err, ku_status code, const char *where, const char *format,
                        va_list args)
{
    if (err == NULL) return code;
    /* `where` and the arguments may point into the error that is being replaced. */
    ku_error fresh = {.code = code};
    if (where != NULL) ku_text_copy(fresh.where, sizeof fresh.where, where);
    to_one_line(fresh.where);
    format_cut(fresh.message, sizeof fresh.message, format, args);
    *err = fresh;
    return code;
}

ku_status ku_error_set(ku_error *err, ku_status code, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ku_error_setv(err, code, where, format, args);
    va_end(args);
    return code;
}

ku_status ku_error_at(ku_error *err, const char *format, ...)
{
    if (err == NULL) return KU_FAULT;
    char where[sizeof err->where];
    va_list args;
    va_start(args, format);
    format_cut(where, sizeof where, format, args);
    va_end(args);
    ku_text_copy(err->where, sizeof err->where, where);
    return err->code;
}

static ku_status status_of(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return KU_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return KU_NOT_ALLOWED;
    case ENOSPC:
    case EDQUOT:
        return KU_NO_SPACE;
    case ENOMEM:
        return KU_NO_MEMORY;
    default:
        return KU_IO;
    }
}

ku_status ku_error_errno(ku_error *err, int errnum, const char *where, const char *doing)
{
    char reason[128];
    const char *text = strerror_r(errnum, reason, sizeof reason);
    return ku_error_set(err, status_of(errnum), where, "%s: %s", doing, text);
}
