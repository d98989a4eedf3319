/* oidc_fetch.c - the one place from which Kemudi asks another computer.
 *
 * What is asked lies at the issuer that kemudi.toml names, by scheme, host and port; the
 * addresses its own description gives are held to that, and redirects are not followed. So no
 * answer can make us ask anything else, in this house or outside. */
#include <curl/curl.h>
#include <string.h>

#include "access/oidc_internal.h"
#include "base/json.h"
#include "base/text.h"

enum { MOST_BYTES = 262144, SECONDS = 10, CONNECT_SECONDS = 5, MOST_URL = 2000 };

static const char WHERE[] = "sign-in service";

/* ---- addresses --------------------------------------------------------------------------------- */

/* Length of "https://host:port"; 0 when it is no such address. */
static size_t origin_length(const char *url)
{
    const char *slashes = strstr(url, "://");
    if (slashes == NULL || strlen(url) > MOST_URL) return 0;
    for (const char *c = url; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '\\') return 0;
    const char *host = slashes + 3;
    size_t length = strcspn(host, "/?#");
    if (length == 0 || memchr(host, '@', length) != NULL) return 0;
    return (size_t)(host - url) + length;
}

bool ku_oidc_same_origin(const char *issuer, const char *url)
{
    size_t length = origin_length(issuer);
    return length > 0 && origin_length(url) == length && strncasecmp(issuer, url, length) == 0;
}

static bool is_here(const char *url)
{
    static const char *const here[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        if (!ku_text_starts(url, here[i])) continue;
        char next = url[strlen(here[i])];
        if (next == '\0' || next == ':' || next == '/') return true;
    }
    return false;
}

ku_status ku_oidc_check_issuer(const char *issuer, ku_error *err)
{
    bool secure = ku_text_starts(issuer, "https://");
    if (origin_length(issuer) > 0 && strpbrk(issuer, "?#") == NULL && (secure || is_here(issuer)))
        return KU_OK;
    return ku_error_set(err, KU_USAGE, "oidc.issuer",
                        "expected an address such as https://login.example.com, found \"%.80s\"",
                        issuer);
}

/* ---- asking -------------------------------------------------------------------------------------- */

static size_t take(char *bytes, size_t size, size_t count, void *data)
{
    ku_text *body = data;
    if (body->length + size * count > MOST_BYTES) return 0;
    ku_text_addn(body, bytes, size * count);
    return body->failed ? 0 : size * count;
}

static void prepare(CURL *curl, const ku_oidc_ask *ask, ku_text *body)
{
    bool secure = ku_text_starts(ask->url, "https://");
    curl_easy_setopt(curl, CURLOPT_URL, ask->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)MOST_BYTES);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Kemudi");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (ask->form != NULL) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->form);
    if (ask->user == NULL) return;
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, ask->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, ask->secret);
}

static ku_status perform(CURL *curl, long *http, ku_error *err)
{
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
        return ku_error_set(err, KU_TOO_LARGE, WHERE, "the sign-in service answered too much");
    if (code != CURLE_OK)
        return ku_error_set(err, KU_IO, WHERE, "the sign-in service does not answer: %s",
                            curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http);
    if (*http == 200) return KU_OK;
    return ku_error_set(err, KU_IO, WHERE, "the sign-in service answered with status %ld", *http);
}

ku_status ku_oidc_fetch(const char *issuer, const ku_oidc_ask *ask, long *http, json_t **answer,
                        ku_error *err)
{
    static const ku_json_limits limits = {.bytes = MOST_BYTES, .depth = 16};
    ku_text body = {0};
    *http = 0;
    if (!ku_oidc_same_origin(issuer, ask->url))
        return ku_error_set(err, KU_NOT_ALLOWED, WHERE,
                            "the sign-in service points to another place, %.120s; only the "
                            "issuer itself is asked",
                            ask->url);
    CURL *curl = curl_easy_init();
    if (curl == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    prepare(curl, ask, &body);
    ku_status status = perform(curl, http, err);
    curl_easy_cleanup(curl);
    if (status == KU_OK)
        status = ku_json_parse(ku_text_string(&body), body.length, WHERE, &limits, answer, err);
    if (status == KU_OK && !json_is_object(*answer)) {
        json_decref(*answer);
        status = ku_error_set(err, KU_BAD_DATA, WHERE, "expected an object from the service");
    }
    ku_text_clear(&body);
    return status;
}
