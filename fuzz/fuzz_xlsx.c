/* fuzz_xlsx.c - workbooks. Bytes that begin like a zip file are taken as a whole workbook;
 * others as the XML of a sheet, of the shared strings and of the styles, set apart by
 * 0xFF, in a workbook put together here, so that the fuzzer need not learn zip first. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "bank/import/xlsx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char workbook[] = "<workbook xmlns:r='r'><sheets><sheet name='S' r:id='a'/></sheets>"
                               "</workbook>",
                  relations[] = "<Relationships><Relationship Id='a' Target='s.xml'/>"
                                "</Relationships>";

static void add_part(zip_t *zip, const char *name, const void *bytes, size_t length)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, length, 0);
    zip_int64_t at = zip_file_add(zip, name, source, 0);
    if (at < 0) abort();
    zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

/* The workbook's bytes go to the descriptor. */
static void put_together(const uint8_t *data, size_t size, int fd)
{
    static const char *const names[] = {"xl/s.xml", "xl/sharedStrings.xml", "xl/styles.xml"};
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (zip == NULL) abort();
    add_part(zip, "xl/workbook.xml", workbook, sizeof workbook - 1);
    add_part(zip, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *mark = size > 0 ? memchr(data, 0xFF, size) : NULL;
        size_t length = mark != NULL && i < 2 ? (size_t)(mark - data) : size;
        add_part(zip, names[i], data, length);
        data += length + (length < size);
        size -= length + (length < size);
    }
    if (zip_close(zip) != 0) abort();
    zip_source_open(target);
    char block[4096];
    zip_int64_t n;
    off_t at = 0;
    while ((n = zip_source_read(target, block, sizeof block)) > 0) {
        if (pwrite(fd, block, (size_t)n, at) != n) abort();
        at += n;
    }
    zip_source_close(target);
    zip_source_free(target);
    zip_error_fini(&error);
}

static void read_sheet(const char *path, ku_arena *arena)
{
    static char block[65536];
    const char *sheet = NULL;
    ku_error err = {0};
    ku_stream *stream = NULL;
    size_t got = 1, total = 0;
    if (ku_xlsx_sheet(path, NULL, arena, &sheet, &err) != KU_OK) return;
    if (ku_xlsx_open(path, sheet, NULL, &stream, &err) != KU_OK) return;
    while (got > 0 && total < (32u << 20) &&
           ku_stream_read(stream, block, sizeof block, &got, &err) == KU_OK)
        total += got;
    ku_stream_free(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[40];
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0) abort();
    if (size > 2 && memcmp(data, "PK", 2) == 0) {
        if (pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    } else {
        put_together(data, size, fd);
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ku_arena *arena = ku_arena_new();
    read_sheet(path, arena);
    ku_arena_free(arena);
    return 0;
}
