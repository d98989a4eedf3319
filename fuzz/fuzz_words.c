/* fuzz_words.c - what people upload: the kind told by the bytes, the checks, and the words
 * taken out, but for PDF, whose reader is another program. Bytes that begin with 0xFF are the
 * XML of a Word document in a zip file put together here, so that the fuzzer need not learn
 * zip first. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/text.h"
#include "office/documents/text/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_part(zip_t *zip, const char *name, const void *bytes, size_t length)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, length, 0);
    zip_int64_t at = zip_file_add(zip, name, source, 0);
    if (at < 0) abort();
    zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

static char *word_document(const uint8_t *data, size_t size, size_t *length)
{
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    if (zip == NULL) abort();
    add_part(zip, "word/document.xml", data, size);
    if (zip_close(zip) != 0 || zip_source_open(target) != 0) abort();
    zip_source_seek(target, 0, SEEK_END);
    *length = (size_t)zip_source_tell(target);
    char *bytes = malloc(*length);
    zip_source_seek(target, 0, SEEK_SET);
    if (bytes == NULL || zip_source_read(target, bytes, *length) < 0) abort();
    zip_source_close(target);
    zip_source_free(target);
    return bytes;
}

static void take(const void *bytes, size_t length)
{
    const ku_words_limits limits = {.text_bytes = 65536, .pdftotext = "/nowhere/pdftotext"};
    ku_words words;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_status status = ku_words_take(bytes, length, &limits, arena, &words, &err);
    if (status == KU_OK && (words.text == NULL) == (words.note == NULL)) abort();
    if (status == KU_OK && words.text != NULL &&
        (words.length > 65536 + 8 || !ku_utf8_valid(words.text, words.length, NULL)))
        abort();
    if (status != KU_OK && err.message[0] == '\0') abort();
    ku_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ku_error err = {0};
    if (size > 0 && data[0] == 0xff && !(size > 1 && data[1] == 0xfe)) {
        size_t length;
        char *bytes = word_document(data + 1, size - 1, &length);
        take(bytes, length);
        free(bytes);
    } else {
        take(data, size);
    }
    char name[256];
    ku_text_copyn(name, sizeof name, (const char *)data, size < 255 ? size : 255);
    if (ku_content_name_check(name, &err) == KU_OK && strpbrk(name, "/\\\n") != NULL) abort();
    return 0;
}
