/* Frames joined in a file: all types, missing values at every place of a byte, texts that
 * several pieces share. */
#include "base/file.h"
#include "check.h"
#include "frames/concat.h"
#include "frames/pack.h"

static const ku_field fields[] = {{"n", KU_INT64}, {"x", KU_DOUBLE},    {"b", KU_BOOL},
                                  {"d", KU_DATE},  {"t", KU_TIMESTAMP}, {"s", KU_TEXT}};

/* Row `i` of an endless table, nothing in it when the bits say so. */
static void put_row(ku_frame_builder *b, int64_t i, bool nulls)
{
    uint64_t bits = nulls ? (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) >> 58 : 63;
    char text[32];
    snprintf(text, sizeof text, "text %lld", (long long)(i * i % 37));
    if (bits & 1) ku_build_int(b, 0, i);
    if (bits & 2) ku_build_double(b, 1, (double)i / 3);
    if (bits & 4) ku_build_bool(b, 2, i % 3 == 0);
    if (bits & 8) ku_build_date(b, 3, (int32_t)i);
    if (bits & 16) ku_build_timestamp(b, 4, i * 1000);
    if (bits & 32) ku_build_text(b, 5, i % 41 == 0 ? "" : text);
    ku_build_row(b);
}

static ku_frame *rows(int64_t from, int64_t to, bool nulls)
{
    ku_error err = {0};
    ku_frame *frame = NULL;
    ku_frame_builder *b = ku_frame_builder_new("table", fields, 6);
    for (int64_t i = from; i < to; i++) put_row(b, i, nulls);
    check_ok(ku_frame_builder_finish(b, &frame, &err), &err);
    return frame;
}

static void join(const int64_t *ends, size_t count, bool nulls)
{
    ku_frame *pieces[8], *joined = NULL, *whole = rows(0, ends[count - 1], nulls);
    ku_error err = {0};
    int fd;
    char expected[KU_HASH_TEXT], found[KU_HASH_TEXT];
    for (size_t i = 0; i < count; i++) pieces[i] = rows(i ? ends[i - 1] : 0, ends[i], nulls);
    check_ok(ku_file_scratch(&fd, &err), &err);
    check_ok(ku_frames_concat((const ku_frame *const *)pieces, count, fd, &joined, &err), &err);
    for (size_t i = 0; i < count; i++) ku_frame_free(pieces[i]);
    assert_int_equal(joined->rows, whole->rows);
    ku_frame_hash(whole, expected);
    ku_frame_hash(joined, found);
    assert_string_equal(expected, found);
    for (int32_t c = 0; c < whole->columns; c++)
        assert_int_equal(joined->column[c].nulls, whole->column[c].nulls);
    ku_frame_free(whole);
    ku_frame_free(joined);
}

static void pieces_joined_are_the_whole(void **state)
{
    (void)state;
    for (int nulls = 0; nulls < 2; nulls++) {
        join((const int64_t[]){5}, 1, nulls);
        join((const int64_t[]){0, 0}, 2, nulls);
        join((const int64_t[]){3, 3, 11, 12}, 4, nulls);
        join((const int64_t[]){8, 64, 65, 1000}, 4, nulls);
        join((const int64_t[]){70000, 70001, 140000}, 3, nulls);
    }
}

static void other_columns_are_refused(void **state)
{
    (void)state;
    ku_frame *one = rows(0, 3, false), *other = NULL, *joined = NULL;
    ku_error err = {0};
    int fd;
    ku_frame_builder *b = ku_frame_builder_new("table", fields, 5);
    check_ok(ku_frame_builder_finish(b, &other, &err), &err);
    check_ok(ku_file_scratch(&fd, &err), &err);
    check_fails(KU_FAULT, "different columns",
                ku_frames_concat((const ku_frame *const[]){one, other}, 2, fd, &joined, &err),
                &err);
    ku_frame_free(one);
    ku_frame_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_joined_are_the_whole),
        cmocka_unit_test(other_columns_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
