/* words.c - from a file to its words: the kind, the check, the reader for it, and white space
 * made plain. */
#include "office/documents/text/words.h"

#include <string.h>

#include "base/text.h"
#include "office/documents/text/text_internal.h"

static ku_words_limits with_defaults(const ku_words_limits *limits)
{
    ku_words_limits all = limits != NULL ? *limits : (ku_words_limits){0};
    if (all.text_bytes == 0) all.text_bytes = (size_t)4 << 20;
    if (all.seconds <= 0) all.seconds = 20;
    if (all.memory == 0) all.memory = UINT64_C(1) << 30;
    if (all.pdftotext == NULL) all.pdftotext = "/usr/bin/pdftotext";
    return all;
}

/* Whole characters, one blank or line end between words. */
static void tidy(const ku_text *raw, size_t limit, ku_text *out)
{
    const char *text = ku_text_string(raw);
    size_t at = 0;
    bool blank = false, line = false;
    while (at < raw->length && out->length < limit) {
        size_t from = at;
        uint32_t c = ku_utf8_next(text, raw->length, &at);
        if (c <= 0x20 || c == 0x7f || c == 0xa0) {
            line = line || c == '\n' || c == '\f';
            blank = true;
            continue;
        }
        if (blank && out->length > 0) ku_text_addc(out, line ? '\n' : ' ');
        blank = line = false;
        if (c == 0xfffd)
            ku_text_add(out, "\xef\xbf\xbd");
        else
            ku_text_addn(out, text + from, at - from);
    }
}

static ku_status take_raw(const ku_content_kind *kind, const void *bytes, size_t length,
                          const ku_words_limits *limits, ku_text *raw, ku_words *words,
                          ku_error *err)
{
    switch (kind->way) {
    case KU_WORDS_PLAIN:
        ku_words_plain(bytes, length, limits->text_bytes, raw, &words->cut);
        return KU_OK;
    case KU_WORDS_MARKUP:
        ku_words_markup(bytes, length, limits->text_bytes, raw, &words->cut);
        return KU_OK;
    case KU_WORDS_PARTS:
        return ku_words_parts(kind->name, bytes, length, limits, raw, &words->cut, &words->note,
                              err);
    case KU_WORDS_PDF:
        return ku_words_pdf(bytes, length, limits, raw, &words->cut, &words->note, err);
    case KU_WORDS_NONE:
        break;
    }
    words->note = "files of this kind hold no words that can be searched";
    return KU_OK;
}

static ku_status keep(const ku_text *raw, size_t limit, ku_arena *arena, ku_words *words,
                      ku_error *err)
{
    ku_text text = {0};
    tidy(raw, limit, &text);
    ku_status status = ku_text_check(&text, err);
    if (status == KU_OK && text.length > 0) {
        words->text = ku_arena_strndup(arena, ku_text_string(&text), text.length);
        words->length = text.length;
        words->note = NULL;
    } else if (status == KU_OK && words->note == NULL) {
        words->note = "the file holds no words; perhaps it is a scanned picture";
    }
    ku_text_clear(&text);
    return status;
}

ku_status ku_words_take(const void *bytes, size_t length, const ku_words_limits *limits,
                        ku_arena *arena, ku_words *words, ku_error *err)
{
    ku_words_limits all = with_defaults(limits);
    ku_text raw = {0};
    *words = (ku_words){.kind = ku_content_kind_of(bytes, length)};
    KU_TRY(ku_content_check(words->kind, bytes, length, err));
    ku_status status = take_raw(words->kind, bytes, length, &all, &raw, words, err);
    if (status == KU_OK) status = ku_text_check(&raw, err);
    if (status == KU_OK) status = keep(&raw, all.text_bytes, arena, words, err);
    ku_text_clear(&raw);
    return status;
}
