/* settings.c - what each setting is called, may be, and means.
 *
 * One table describes them all; reading, checking, defaults and the commented file that
 * `kemudi init` writes come from it. */
#include "workspace/settings.h"

#include <stddef.h>
#include <string.h>

#include "base/number.h"
#include "workspace/toml.h"

typedef enum kind { TEXT, CURRENCY, LANGUAGE, ADDRESS, NUMBER, BYTES } kind;

typedef struct setting {
    const char *section, *key;
    kind kind;
    size_t offset;    /* in ku_settings */
    int64_t min, max; /* NUMBER; BYTES in MiB */
    const char *default_text;
    int64_t default_number; /* BYTES in MiB */
    const char *meaning;
} setting;

#define AT(field) offsetof(ku_settings, field)
static const setting settings_table[] = {
    {"", "company", TEXT, AT(company), 0, 0, "My company", 0,
     "The company's name, as it stands on pages and papers."},
    {"", "currency", CURRENCY, AT(currency), 0, 0, "EUR", 0,
     "The currency of all amounts in the bank: three letters (ISO 4217)."},
    {"", "language", LANGUAGE, AT(language), 0, 0, "en", 0, "The language of the pages."},
    {"", "fiscal_year_start", NUMBER, AT(fiscal_year_start), 1, 12, NULL, 1,
     "The month in which the business year begins, 1 to 12."},
    {"bank", "memory", BYTES, AT(bank_memory), 64, INT64_C(1) << 24, NULL, 2048,
     "The most memory the data bank may use; beyond it, it works on the disk."},
    {"worker", "memory", BYTES, AT(worker_memory), 64, INT64_C(1) << 24, NULL, 4096,
     "The most memory one analysis may use."},
    {"worker", "seconds", NUMBER, AT(worker_seconds), 1, 7 * 86400, NULL, 3600,
     "The longest time one analysis may take, in seconds."},
    {"server", "listen", ADDRESS, AT(listen), 0, 0, "127.0.0.1", 0,
     "The address to serve on; 127.0.0.1 is reached from this computer only."},
    {"server", "port", NUMBER, AT(port), 1, 65535, NULL, 8765, "The port to serve on."},
    {"oidc", "issuer", TEXT, AT(oidc_issuer), 0, 0, "", 0,
     "The company's own sign-in service (OpenID Connect), https://...; empty: none."},
    {"oidc", "client", TEXT, AT(oidc_client), 0, 0, "", 0,
     "The name under which the service knows Kemudi."},
    {"oidc", "secret", TEXT, AT(oidc_secret), 0, 0, "", 0,
     "The file in keys/ that holds Kemudi's secret with the service; empty: none."},
};
enum { SETTINGS = sizeof settings_table / sizeof *settings_table };

static bool is_text(const setting *s)
{
    return s->kind != NUMBER && s->kind != BYTES;
}

static void *place(const setting *s, ku_settings *settings)
{
    return (char *)settings + s->offset;
}

static void set_text(const setting *s, ku_settings *settings, const char *text)
{
    memcpy(place(s, settings), &text, sizeof text);
}

static const char *get_text(const setting *s, const ku_settings *settings)
{
    const char *text;
    memcpy(&text, (const char *)settings + s->offset, sizeof text);
    return text;
}

/* Bytes are counted in MiB here. */
static void set_number(const setting *s, ku_settings *settings, int64_t number)
{
    if (s->kind == BYTES)
        *(uint64_t *)place(s, settings) = (uint64_t)number << 20;
    else
        *(int *)place(s, settings) = (int)number;
}

static int64_t get_number(const setting *s, const ku_settings *settings)
{
    const char *at = (const char *)settings + s->offset;
    if (s->kind == BYTES) return (int64_t)(*(const uint64_t *)(const void *)at >> 20);
    return *(const int *)(const void *)at;
}

void ku_settings_default(ku_settings *settings)
{
    *settings = (ku_settings){0};
    for (size_t i = 0; i < SETTINGS; i++) {
        const setting *s = &settings_table[i];
        if (is_text(s))
            set_text(s, settings, s->default_text);
        else
            set_number(s, settings, s->default_number);
    }
}

/* ---- checking ------------------------------------------------------------------- */

static bool all_of(const char *text, const char *allowed, size_t min, size_t max)
{
    size_t length = strlen(text);
    return length >= min && length <= max && strspn(text, allowed) == length;
}

static ku_status check_text(const setting *s, const char *text, ku_error *err)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz-";
    static const char address[] = "0123456789abcdefABCDEF.:[]";
    if (s->kind == CURRENCY && !all_of(text, upper, 3, 3))
        return ku_error_set(err, KU_USAGE, s->key,
                            "\"%s\" is not a currency; expected three capital letters such as EUR",
                            text);
    if (s->kind == LANGUAGE && !all_of(text, lower, 2, 8))
        return ku_error_set(err, KU_USAGE, s->key,
                            "\"%s\" is not a language; expected a code such as en", text);
    if (s->kind == ADDRESS && !all_of(text, address, 2, 64))
        return ku_error_set(err, KU_USAGE, s->key,
                            "\"%s\" is not an address; expected one such as 127.0.0.1", text);
    if (s->kind == TEXT && (strlen(text) > 200 || !ku_utf8_valid(text, strlen(text), NULL)))
        return ku_error_set(err, KU_USAGE, s->key, "expected a text of at most 200 letters");
    return KU_OK;
}

static ku_status check_number(const setting *s, int64_t number, ku_error *err)
{
    if (number >= s->min && number <= s->max) return KU_OK;
    const char *unit = s->kind == BYTES ? " MiB" : "";
    return ku_error_set(err, KU_USAGE, s->key, "%s is %lld%s; expected %lld to %lld%s", s->key,
                        (long long)number, unit, (long long)s->min, (long long)s->max, unit);
}

ku_status ku_settings_complete(ku_settings *settings, ku_error *err)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const setting *s = &settings_table[i];
        if (is_text(s)) {
            if (get_text(s, settings) == NULL) set_text(s, settings, s->default_text);
            KU_TRY(check_text(s, get_text(s, settings), err));
        } else {
            if (get_number(s, settings) == 0) set_number(s, settings, s->default_number);
            KU_TRY(check_number(s, get_number(s, settings), err));
        }
    }
    return KU_OK;
}

/* ---- reading -------------------------------------------------------------------- */

typedef struct reading {
    ku_settings *settings;
    ku_arena *arena;
    int line[SETTINGS]; /* where each was set, 0: not yet */
} reading;

static ku_status take_bytes(const setting *s, const ku_toml_entry *entry, ku_settings *settings,
                            ku_error *err)
{
    uint64_t bytes;
    if (entry->type != KU_TOML_TEXT || ku_parse_bytes(entry->text, &bytes, NULL) != KU_OK)
        return ku_error_set(err, KU_BAD_DATA, NULL,
                            "expected an amount of memory such as %s = \"4 GiB\"", s->key);
    KU_TRY(check_number(s, (int64_t)(bytes >> 20), err));
    set_number(s, settings, (int64_t)(bytes >> 20));
    return KU_OK;
}

static ku_status take(const setting *s, const ku_toml_entry *entry, const reading *r, ku_error *err)
{
    if (s->kind == BYTES) return take_bytes(s, entry, r->settings, err);
    if (is_text(s) != (entry->type == KU_TOML_TEXT))
        return ku_error_set(err, KU_BAD_DATA, NULL,
                            is_text(s) ? "expected a text in quotes for %s"
                                       : "expected a whole number for %s",
                            s->key);
    if (!is_text(s)) {
        KU_TRY(check_number(s, entry->integer, err));
        set_number(s, r->settings, entry->integer);
        return KU_OK;
    }
    KU_TRY(check_text(s, entry->text, err));
    set_text(s, r->settings, ku_arena_strdup(r->arena, entry->text));
    return KU_OK;
}

static const char *key_name(const void *data, size_t i)
{
    (void)data;
    return settings_table[i].key;
}

static ku_status unknown(const ku_toml_entry *entry, ku_error *err)
{
    const char *near = ku_text_nearest(entry->key, SETTINGS, key_name, NULL);
    const char *dot = *entry->section != '\0' ? "." : "";
    if (near == NULL)
        return ku_error_set(err, KU_BAD_DATA, NULL, "there is no setting %s%s%s", entry->section,
                            dot, entry->key);
    size_t i = 0;
    while (strcmp(settings_table[i].key, near) != 0) i++;
    const char *section = settings_table[i].section;
    return ku_error_set(err, KU_BAD_DATA, NULL, "there is no setting %s%s%s; did you mean %s%s%s?",
                        entry->section, dot, entry->key, section, *section != '\0' ? "." : "",
                        near);
}

static ku_status read_entry(void *data, const ku_toml_entry *entry, ku_error *err)
{
    reading *r = data;
    for (size_t i = 0; i < SETTINGS; i++) {
        const setting *s = &settings_table[i];
        if (strcmp(s->section, entry->section) != 0 || strcmp(s->key, entry->key) != 0) continue;
        if (r->line[i] != 0)
            return ku_error_set(err, KU_BAD_DATA, NULL, "%s is set twice, first in line %d", s->key,
                                r->line[i]);
        r->line[i] = entry->line;
        ku_status status = take(s, entry, r, err);
        return status == KU_OK ? KU_OK : (err->code = KU_BAD_DATA);
    }
    return unknown(entry, err);
}

ku_status ku_settings_read(const char *text, size_t length, ku_arena *arena, ku_settings *settings,
                           ku_error *err)
{
    reading r = {.settings = settings, .arena = arena};
    ku_settings_default(settings);
    return ku_toml_read(text, length, "kemudi.toml", read_entry, &r, err);
}

/* ---- writing -------------------------------------------------------------------- */

static void write_text(ku_text *out, const char *text)
{
    ku_text_addc(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') ku_text_addc(out, '\\');
        if (c < 0x20)
            ku_text_addf(out, "\\u%04x", c);
        else
            ku_text_addc(out, *text);
    }
    ku_text_add(out, "\"\n");
}

static void write_value(const setting *s, const ku_settings *settings, ku_text *out)
{
    if (is_text(s)) {
        write_text(out, get_text(s, settings));
        return;
    }
    long long n = get_number(s, settings);
    if (s->kind == NUMBER)
        ku_text_addf(out, "%lld\n", n);
    else
        ku_text_addf(out, "\"%lld %s\"\n", n % 1024 == 0 ? n / 1024 : n,
                     n % 1024 == 0 ? "GiB" : "MiB");
}

void ku_settings_write(const ku_settings *settings, ku_text *out)
{
    const char *section = "";
    ku_text_add(out, "# The settings of this workspace. Changes hold from the next start.\n");
    for (size_t i = 0; i < SETTINGS; i++) {
        const setting *s = &settings_table[i];
        if (strcmp(section, s->section) != 0) ku_text_addf(out, "\n[%s]", s->section);
        section = s->section;
        ku_text_addf(out, "\n# %s\n%s = ", s->meaning, s->key);
        write_value(s, settings, out);
    }
}
