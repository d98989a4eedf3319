/* utf8.c - reading and checking UTF-8, RFC 3629.
 *
 * Table 3-7 of the Unicode Standard lists the well-formed sequences: only the second
 * byte's range depends on the first, all later bytes are 80..BF. */
#include <string.h>

#include "base/text.h"

size_t ku_utf8_size(unsigned char first)
{
    if (first < 0xC2 || first > 0xF4) return 1;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Length of the well-formed character at text[0..length), 0 when there is none. */
static size_t well_formed(const unsigned char *text, size_t length)
{
    unsigned char first = text[0];
    if (first < 0x80) return 1;
    size_t size = ku_utf8_size(first);
    if (size == 1 || size > length) return 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < size; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    return size;
}

bool ku_utf8_valid(const char *text, size_t length, size_t *bad_at)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        uint64_t eight;
        if (length - at >= sizeof eight) { /* eight ASCII bytes at a time */
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        size_t size = well_formed(bytes + at, length - at);
        if (size == 0) {
            if (bad_at != NULL) *bad_at = at;
            return false;
        }
        at += size;
    }
    return true;
}

size_t ku_utf8_cut(const char *text, size_t length, size_t limit)
{
    if (length <= limit) return length;
    size_t cut = limit;
    while (cut > 0 && limit - cut < 3 && ((unsigned char)text[cut] & 0xC0) == 0x80) cut--;
    return ((unsigned char)text[cut] & 0xC0) == 0x80 ? limit : cut;
}

size_t ku_utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t at = 0; at < length; count++) ku_utf8_next(text, length, &at);
    return count;
}

uint32_t ku_utf8_next(const char *text, size_t length, size_t *at)
{
    const unsigned char *bytes = (const unsigned char *)text + *at;
    size_t size = well_formed(bytes, length - *at);
    *at += size == 0 ? 1 : size;
    switch (size) {
    case 1:
        return bytes[0];
    case 2:
        return (uint32_t)(bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F);
    case 3:
        return (uint32_t)(bytes[0] & 0x0F) << 12 | (uint32_t)(bytes[1] & 0x3F) << 6 |
               (bytes[2] & 0x3F);
    case 4:
        return (uint32_t)(bytes[0] & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3F) << 12 |
               (uint32_t)(bytes[2] & 0x3F) << 6 | (bytes[3] & 0x3F);
    default:
        return 0xFFFD;
    }
}

typedef struct range {
    uint32_t first, last;
} range;

static bool within(uint32_t c, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return true;
    return false;
}

size_t ku_utf8_width(const char *text, size_t length)
{
    /* Blocks, not single characters: enough to keep a table's columns straight. */
    static const range no_width[] = {{0x0000, 0x001F}, {0x007F, 0x009F}, {0x0300, 0x036F},
                                     {0x0591, 0x05BD}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
                                     {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
    static const range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},  {0x3041, 0xA4CF},
                                 {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE4F},
                                 {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                                 {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    size_t width = 0;
    for (size_t at = 0; at < length;) {
        uint32_t c = ku_utf8_next(text, length, &at);
        if (within(c, no_width, sizeof no_width / sizeof *no_width)) continue;
        width += within(c, wide, sizeof wide / sizeof *wide) ? 2 : 1;
    }
    return width;
}
