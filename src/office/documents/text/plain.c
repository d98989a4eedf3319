/* plain.c - the words of plain texts and of web pages. */
#include <string.h>

#include "office/documents/text/text_internal.h"

/* ---- plain text -------------------------------------------------------------------------- */

static void add_character(ku_text *out, uint32_t c)
{
    char utf8[4];
    size_t n = 0;
    if (c < 0x20 && c != '\n') c = ' ';
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = 0xfffd;
    if (c < 0x80) {
        utf8[n++] = (char)c;
    } else if (c < 0x800) {
        utf8[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        utf8[n++] = (char)(0xe0 | c >> 12);
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        utf8[n++] = (char)(0xf0 | c >> 18);
        utf8[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80) utf8[n++] = (char)(0x80 | (c & 0x3f));
    ku_text_addn(out, utf8, n);
}

static void add_utf16(const unsigned char *b, size_t length, size_t limit, ku_text *out, bool *cut)
{
    bool big = b[0] == 0xfe;
    for (size_t i = 2; i + 1 < length && !*cut; i += 2) {
        uint32_t c = big ? (uint32_t)(b[i] << 8 | b[i + 1]) : (uint32_t)(b[i + 1] << 8 | b[i]);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < length) {
            uint32_t low = big ? (uint32_t)(b[i + 2] << 8 | b[i + 3])
                               : (uint32_t)(b[i + 3] << 8 | b[i + 2]);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        add_character(out, c);
        *cut = out->length > limit;
    }
}

void ku_words_plain(const char *bytes, size_t length, size_t limit, ku_text *out, bool *cut)
{
    const unsigned char *b = (const unsigned char *)bytes;
    bool marked = length >= 2 && (b[0] ^ b[1]) == 1 && (b[0] & b[1]) == 0xfe;
    *cut = false;
    if (marked) {
        add_utf16(b, length, limit, out, cut);
    } else if (ku_utf8_valid(bytes, length, NULL)) {
        size_t from = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        size_t most = ku_utf8_cut(bytes + from, length - from, limit);
        ku_text_addn(out, bytes + from, most);
        *cut = most < length - from;
    } else {
        for (size_t i = 0; i < length && !*cut; i++) {
            add_character(out, b[i]);
            *cut = out->length > limit;
        }
    }
}

/* ---- markup -------------------------------------------------------------------------------- */

typedef struct page {
    const char *at, *end;
    ku_text *out;
} page;

static bool at_word(const page *p, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(p->end - p->at) < length) return false;
    for (size_t i = 0; i < length; i++)
        if (ku_char_lower(p->at[i]) != word[i]) return false;
    return true;
}

static void skip_past(page *p, const char *word)
{
    while (p->at < p->end && !at_word(p, word)) p->at++;
    size_t length = strlen(word);
    p->at = (size_t)(p->end - p->at) < length ? p->end : p->at + length;
}

/* To the end of the tag; a ">" within quotes does not end it. */
static void skip_tag(page *p)
{
    char quote = '\0';
    for (; p->at < p->end; p->at++) {
        char c = *p->at;
        if (quote == '\0' && c == '>') {
            p->at++;
            return;
        }
        if (c == quote)
            quote = '\0';
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
    }
}

static void take_tag(page *p)
{
    static const struct {
        const char *open, *close;
    } silent[] = {{"<script", "</script"}, {"<style", "</style"}, {"<!--", "-->"}};
    static const char *const within[] = {"<b>",   "</b>",   "<i>",     "</i>",     "<em", "</em",
                                         "<span", "</span", "<strong", "</strong", "<a ", "</a"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        if (!at_word(p, silent[i].open)) continue;
        p->at += strlen(silent[i].open);
        skip_past(p, silent[i].close);
        if (p->at < p->end && silent[i].close[0] == '<') skip_tag(p);
        return;
    }
    bool inside = false;
    for (size_t i = 0; i < sizeof within / sizeof *within; i++)
        inside = inside || at_word(p, within[i]);
    if (!inside) ku_text_addc(p->out, '\n');
    p->at++;
    skip_tag(p);
}

/* &amp; &#233; &#xe9; and the few names that matter for words. */
static void take_entity(page *p)
{
    static const struct {
        const char *name;
        uint32_t c;
    } names[] = {{"&amp;", '&'},   {"&lt;", '<'},     {"&gt;", '>'},      {"&quot;", '"'},
                 {"&apos;", '\''}, {"&nbsp;", ' '},   {"&auml;", 0xe4},   {"&ouml;", 0xf6},
                 {"&uuml;", 0xfc}, {"&szlig;", 0xdf}, {"&eacute;", 0xe9}, {"&euro;", 0x20ac}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!at_word(p, names[i].name)) continue;
        add_character(p->out, names[i].c);
        p->at += strlen(names[i].name);
        return;
    }
    const char *at = p->at + 1;
    uint32_t c = 0;
    int digits = 0;
    bool number = at < p->end && *at == '#';
    bool hex = number && at + 1 < p->end && ku_char_lower(at[1]) == 'x';
    if (number) at += 1 + hex;
    for (; number && at < p->end && digits < 8; at++, digits++) {
        char d = ku_char_lower(*at);
        bool letter = hex && d >= 'a' && d <= 'f';
        if (!letter && (d < '0' || d > '9')) break;
        c = c * (hex ? 16 : 10) + (uint32_t)(letter ? d - 'a' + 10 : d - '0');
    }
    if (digits == 0) {
        ku_text_addc(p->out, *p->at++);
        return;
    }
    add_character(p->out, c);
    p->at = at < p->end && *at == ';' ? at + 1 : at;
}

void ku_words_markup(const char *bytes, size_t length, size_t limit, ku_text *out, bool *cut)
{
    ku_text whole = {0};
    bool more = false;
    ku_words_plain(bytes, length, SIZE_MAX, &whole, &more);
    page p = {ku_text_string(&whole), ku_text_string(&whole) + whole.length, out};
    while (p.at < p.end && out->length <= limit && !out->failed) {
        if (*p.at == '<')
            take_tag(&p);
        else if (*p.at == '&')
            take_entity(&p);
        else
            ku_text_addc(out, *p.at++);
    }
    *cut = p.at < p.end;
    out->failed = out->failed || whole.failed;
    ku_text_clear(&whole);
}
