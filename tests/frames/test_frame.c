/* Frames: building, sets, packing and its refusal of damaged bytes, hashes, writing. */
#include "check.h"
#include "frames/csv.h"
#include "frames/json.h"
#include "frames/pack.h"
#include "frames/show.h"

static const ku_field fields[] = {{"n", KU_INT64}, {"x", KU_DOUBLE},    {"b", KU_BOOL},
                                  {"d", KU_DATE},  {"t", KU_TIMESTAMP}, {"s", KU_TEXT}};

static ku_frame *small(void)
{
    ku_frame_builder *builder = ku_frame_builder_new("small", fields, 6);
    ku_build_int(builder, 0, 1);
    ku_build_int(builder, 1, 2); /* a whole number into a double column */
    ku_build_bool(builder, 2, true);
    ku_build_date(builder, 3, 20780);
    ku_build_timestamp(builder, 4, 1500000);
    ku_build_text(builder, 5, "first");
    ku_build_text(builder, 5, "a \"quoted\", word"); /* the last value is kept */
    ku_build_row(builder);
    ku_build_double(builder, 1, NAN);
    ku_build_row(builder);
    ku_build_text(builder, 5, "");
    ku_build_double(builder, 1, 0.1);
    ku_build_row(builder);
    assert_int_equal(ku_build_rows(builder), 3);
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(ku_frame_builder_finish(builder, &frame, &err), &err);
    return frame;
}

static void frames_are_written_as_csv_and_json(void **state)
{
    (void)state;
    ku_frame *frame = small();
    ku_text out = {0};
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &out);
    ku_frame_csv_rows(frame, 0, INT64_MAX, KU_CSV_EXACT, &out);
    assert_string_equal(
        ku_text_string(&out),
        "n,x,b,d,t,s\n"
        "1,2,true,2026-11-23,1970-01-01T00:00:01.500000Z,\"a \"\"quoted\"\", word\"\n"
        ",,,,,\n,0.1,,,,\"\"\n");
    ku_text_empty(&out);
    ku_frame_json_rows(frame, 1, 9, &out);
    ku_frame_json_objects(frame, 2, 1, &out);
    assert_string_equal(ku_text_string(&out),
                        "[[null,null,null,null,null,null],[null,0.1,null,null,null,\"\"]]"
                        "[{\"n\":null,\"x\":0.1,\"b\":null,\"d\":null,\"t\":null,\"s\":\"\"}]");
    ku_text_clear(&out);
    ku_arena *arena = ku_arena_new();
    const ku_format euro = {.currency = "EUR"};
    assert_string_equal(ku_frame_show(&frame->column[1], 0, "money", &euro, arena), "€2.00");
    assert_string_equal(ku_frame_show(&frame->column[1], 1, "money", &euro, arena), "–");
    assert_string_equal(ku_frame_show(&frame->column[2], 0, "", NULL, arena), "yes");
    assert_null(ku_column_text(&frame->column[5], 1, arena));
    assert_true(isnan(ku_column_number(&frame->column[0], 1)));
    ku_arena_free(arena);
    ku_frame_free(frame);
}

/* A column of dates or numbers becomes what is put in first, missing values before it kept. */
static void periods_are_dates_or_numbers(void **state)
{
    (void)state;
    static const ku_field period[] = {{"at", KU_DATE_OR_INT64}};
    static const ku_type expected[] = {KU_INT64, KU_DATE, KU_DATE};
    for (int kind = 0; kind < 3; kind++) {
        ku_frame_builder *builder = ku_frame_builder_new("p", period, 1);
        for (int i = 0; i < 20; i++) {
            if (i >= 11 && kind == 0) ku_build_int(builder, 0, INT64_C(5000000000) + i);
            if (i >= 11 && kind == 1) ku_build_date(builder, 0, 20000 + i);
            ku_build_row(builder);
        }
        ku_frame *frame = NULL;
        ku_error err = {0};
        check_ok(ku_frame_builder_finish(builder, &frame, &err), &err);
        const ku_column *column = &frame->column[0];
        assert_true(column->type == expected[kind]);
        assert_int_equal(column->nulls, kind == 2 ? 20 : 11);
        assert_false(ku_column_valid(column, 10));
        if (kind < 2)
            check_near("last", kind == 0 ? 5000000019.0 : 20019, ku_column_number(column, 19), 0);
        ku_frame_free(frame);
    }
}

static void sets_find_by_name_and_refuse_twins(void **state)
{
    (void)state;
    ku_frames frames;
    ku_error err = {0};
    ku_frames_init(&frames);
    check_ok(ku_frames_add(&frames, small(), &err), &err);
    check_fails(KU_CONFLICT, "already", ku_frames_add(&frames, small(), &err), &err);
    assert_non_null(ku_frames_find(&frames, "small"));
    assert_null(ku_frames_find(&frames, "large"));
    ku_frames_clear(&frames);
    ku_frames_clear(&frames);
    ku_frame_free(NULL);
    ku_frame_builder_free(NULL);
}

static ku_frame *numbered(int64_t rows)
{
    static const ku_field two[] = {{"n", KU_INT64}, {"s", KU_TEXT}};
    ku_frame_builder *builder = ku_frame_builder_new("many", two, 2);
    for (int64_t i = 0; i < rows; i++) {
        char word[24];
        snprintf(word, sizeof word, "word %d", (int)(i * 7 % 5003));
        if (i % 9 != 4) ku_build_int(builder, 0, i);
        if (i % 10 != 3) ku_build_text(builder, 1, word);
        ku_build_row(builder);
    }
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(ku_frame_builder_finish(builder, &frame, &err), &err);
    return frame;
}

static void many_rows_and_words_keep_their_values(void **state)
{
    (void)state;
    ku_frame *frame = numbered(20001);
    assert_int_equal(frame->column[1].dictionary.size, 5003);
    ku_arena *arena = ku_arena_new();
    for (int64_t i = 0; i < frame->rows; i++) {
        assert_int_equal(ku_column_valid(&frame->column[0], i), i % 9 != 4);
        if (i % 9 != 4) assert_int_equal(frame->column[0].as.i64[i], i);
        char word[24];
        snprintf(word, sizeof word, "word %d", (int)(i * 7 % 5003));
        char *found = ku_column_text(&frame->column[1], i, arena);
        if (i % 10 == 3)
            assert_null(found);
        else
            assert_string_equal(found, word);
    }
    ku_arena_free(arena);
    ku_frame_free(frame);
}

/* ---- packing ------------------------------------------------------------------------------ */

static void *packed(const ku_frame *frame, size_t *size)
{
    *size = ku_pack_size(frame);
    void *bytes = aligned_alloc(64, *size);
    memset(bytes, 0xAA, *size);
    ku_pack_write(frame, bytes);
    return bytes;
}

static void packed_frames_are_the_same_frames(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 8, 4000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        ku_frame *frame = numbered(sizes[s]), *view = NULL;
        size_t size, again_size;
        ku_error err = {0};
        char *bytes = packed(frame, &size);
        check_ok(ku_pack_view(bytes, size, &view, &err), &err);
        assert_true((const char *)view->column[0].as.data > bytes &&
                    (const char *)view->column[0].as.data < bytes + size); /* in place */
        char *again = packed(view, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        char one[KU_HASH_TEXT], two[KU_HASH_TEXT];
        ku_frame_hash(frame, one);
        ku_frame_hash(view, two);
        assert_string_equal(one, two);
        ku_frame_free(view);
        ku_frame_free(frame);
        free(bytes);
        free(again);
    }
}

static void count_release(void *bytes, size_t length)
{
    (void)length;
    free(bytes);
}

static void adopted_bytes_are_released(void **state)
{
    (void)state;
    ku_frame *frame = small(), *view = NULL;
    size_t size;
    ku_error err = {0};
    void *bytes = packed(frame, &size);
    check_ok(ku_pack_adopt(bytes, size, count_release, &view, &err), &err);
    ku_frame_free(view);
    bytes = packed(frame, &size);
    check_fails(KU_BAD_DATA, "damaged", ku_pack_adopt(bytes, size - 1, count_release, &view, &err),
                &err);
    ku_frame_free(frame);
}

/* Reads everything a user could, so that a sanitizer sees what a view lets through. */
static void read_all(const ku_frame *frame)
{
    ku_text out = {0};
    char hex[KU_HASH_TEXT];
    ku_frame_json_rows(frame, 0, frame->rows, &out);
    ku_frame_hash(frame, hex);
    ku_text_clear(&out);
}

static void damaged_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    ku_frame *frame = small();
    size_t size;
    char *bytes = packed(frame, &size);
    int refused = 0, tried = 0;
    static const unsigned char changes[] = {0xFF, 0x80, 0x01};
    for (size_t at = 0; at < size; at++)
        for (size_t c = 0; c < sizeof changes; c++, tried++) {
            ku_frame *view = NULL;
            bytes[at] = (char)(bytes[at] ^ changes[c]);
            if (ku_pack_view(bytes, size, &view, NULL) == KU_OK)
                read_all(view);
            else
                refused++;
            ku_frame_free(view);
            bytes[at] = (char)(bytes[at] ^ changes[c]);
        }
    assert_true(refused > tried / 20); /* most of the rest is padding and values */
    for (size_t length = 0; length < size; length += 8) {
        ku_frame *view = NULL;
        assert_int_equal(ku_pack_view(bytes, length, &view, NULL), KU_BAD_DATA);
    }
    free(bytes);
    ku_frame_free(frame);
}

static ku_frame *two_words(const char *unused, const char *a, const char *b)
{
    static const ku_field one[] = {{"s", KU_TEXT}};
    ku_frame_builder *builder = ku_frame_builder_new("words", one, 1);
    ku_build_text(builder, 0, unused); /* in the dictionary, in no row */
    ku_build_text(builder, 0, a);
    ku_build_row(builder);
    ku_build_text(builder, 0, b);
    ku_build_row(builder);
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(ku_frame_builder_finish(builder, &frame, &err), &err);
    return frame;
}

static void hashes_tell_contents_not_storage(void **state)
{
    (void)state;
    char hex[3][KU_HASH_TEXT];
    ku_frame *frame[] = {two_words("a", "a", "b"), two_words("b", "a", "b"),
                         two_words("a", "b", "a")};
    for (int i = 0; i < 3; i++) {
        ku_frame_hash(frame[i], hex[i]);
        ku_frame_free(frame[i]);
    }
    assert_string_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[0], hex[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_written_as_csv_and_json),
        cmocka_unit_test(periods_are_dates_or_numbers),
        cmocka_unit_test(sets_find_by_name_and_refuse_twins),
        cmocka_unit_test(many_rows_and_words_keep_their_values),
        cmocka_unit_test(packed_frames_are_the_same_frames),
        cmocka_unit_test(adopted_bytes_are_released),
        cmocka_unit_test(damaged_bytes_are_refused_or_harmless),
        cmocka_unit_test(hashes_tell_contents_not_storage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
