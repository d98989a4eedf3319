/* static.c - serves the web app.
 *
 * Files under assets/ carry a hash of their content in their name, so a browser may keep
 * them for ever; every other file is asked for again each time and answered 304 when it
 * has not changed. Text is compressed once, when first asked for. */
#include "app/http/static.h"

#include <pthread.h>
#include <zlib.h>

#include "base/asset.h"
#include "base/file.h"
#include "base/hash.h"

#define ROOT      "web/"
#define NO_WEB    "src/app/http/no_web.html"
#define DEV_LIMIT (64u << 20)

/* No script or style from elsewhere and none in the page itself; chart tooltips set style
 * attributes, which style-src-attr lets pass without letting style sheets in. */
static const char policy[] =
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

typedef struct static_file {
    const char *path;
    const char *bytes;
    size_t length;
    char etag[KU_HASH_TEXT];
    bool tried; /* compressing was tried */
    char *packed;
    size_t packed_length;
} static_file;

struct http_statics {
    char *folder;
    pthread_mutex_t lock; /* over compressing */
    static_file *file;
    size_t count, capacity;
};

/* ---- the files ------------------------------------------------------------------------------------ */

static void count_file(void *data, const char *path)
{
    (void)path;
    ++*(size_t *)data;
}

static void add_file(void *data, const char *path)
{
    http_statics *statics = data;
    static_file *file = &statics->file[statics->count++];
    file->path = path;
    file->bytes = ku_asset(path, &file->length);
    ku_hash_bytes(file->bytes, file->length, file->etag);
}

ku_status http_statics_new(const char *folder, http_statics **out, ku_error *err)
{
    http_statics *statics = calloc(1, sizeof *statics);
    size_t count = 1; /* the page that stands in when no web app is built in */
    ku_asset_each(ROOT, count_file, &count);
    if (statics != NULL) statics->file = calloc(count, sizeof *statics->file);
    if (statics != NULL && folder != NULL) statics->folder = strdup(folder);
    if (statics == NULL || statics->file == NULL || (folder != NULL && statics->folder == NULL)) {
        http_statics_free(statics);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    pthread_mutex_init(&statics->lock, NULL);
    ku_asset_each(ROOT, add_file, statics);
    add_file(statics, NO_WEB);
    *out = statics;
    return KU_OK;
}

void http_statics_free(http_statics *statics)
{
    if (statics == NULL) return;
    for (size_t i = 0; i < statics->count; i++) free(statics->file[i].packed);
    if (statics->file != NULL) pthread_mutex_destroy(&statics->lock);
    free(statics->file);
    free(statics->folder);
    free(statics);
}

static static_file *find_file(http_statics *statics, const char *path)
{
    for (size_t i = 0; i < statics->count; i++) {
        if (strcmp(statics->file[i].path, path) == 0) return &statics->file[i];
    }
    return NULL;
}

/* ---- kinds ------------------------------------------------------------------------------------------ */

static const struct {
    const char *end, *type;
    bool text;
} kinds[] = {
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".map", "application/json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".png", "image/png", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
};

static const char *type_of(const char *path, bool *text)
{
    *text = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!ku_text_ends(path, kinds[i].end)) continue;
        *text = kinds[i].text;
        return kinds[i].type;
    }
    return "application/octet-stream";
}

/* ---- compressing ---------------------------------------------------------------------------------------- */

static void pack(static_file *file)
{
    z_stream z = {0};
    file->tried = true;
    if (file->length < 512 ||
        deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    size_t room = deflateBound(&z, file->length);
    char *to = malloc(room);
    z.next_in = (Bytef *)(uintptr_t)file->bytes;
    z.avail_in = (uInt)file->length;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    bool good = to != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < file->length;
    if (good) {
        char *fitted = realloc(to, z.total_out);
        file->packed = fitted != NULL ? fitted : to;
        file->packed_length = z.total_out;
    } else {
        free(to);
    }
    deflateEnd(&z);
}

static bool wants_gzip(const http_call *call)
{
    const char *header = call->accept_encoding != NULL ? call->accept_encoding : "";
    const char *at = strstr(header, "gzip");
    return at != NULL && strncmp(at, "gzip;q=0", 8) != 0;
}

/* ---- answering ---------------------------------------------------------------------------------------------- */

static void add_static_headers(http_call *call, const char *path, bool text)
{
    bool kept = ku_text_starts(path, ROOT "assets/");
    http_reply_header(call, "Content-Security-Policy", policy);
    http_reply_header(call, "Cache-Control",
                      kept ? "public, max-age=31536000, immutable" : "no-cache");
    if (text) http_reply_header(call, "Vary", "Accept-Encoding");
}

static void answer_file(http_statics *statics, http_call *call, static_file *file)
{
    bool text, packed = false;
    const char *type = type_of(file->path, &text);
    if (text && wants_gzip(call)) {
        pthread_mutex_lock(&statics->lock);
        if (!file->tried) pack(file);
        packed = file->packed != NULL;
        pthread_mutex_unlock(&statics->lock);
    }
    /* The compressed form is another representation and so has another tag. */
    const char *etag = ku_arena_printf(call->arena, "%.32s%s", file->etag, packed ? "-gz" : "");
    if (http_etag_matches(call, etag))
        http_reply_empty(call, 304);
    else if (packed)
        http_reply_bytes(call, 200, type, file->packed, file->packed_length);
    else
        http_reply_bytes(call, 200, type, file->bytes, file->length);
    add_static_headers(call, file->path, text);
    http_reply_header(call, "ETag", ku_arena_printf(call->arena, "\"%s\"", etag));
    if (packed) http_reply_header(call, "Content-Encoding", "gzip");
}

/* The file of a developer's folder; changed files are seen at once. The path's segments
 * were checked by url.c: none climbs. */
static ku_status answer_from_folder(http_statics *statics, http_call *call, const char *name,
                                    ku_error *err)
{
    char *bytes;
    size_t length;
    bool text;
    const char *path = ku_arena_printf(call->arena, "%s/%s", statics->folder, name);
    KU_TRY(ku_file_read(path, DEV_LIMIT, call->arena, &bytes, &length, err));
    http_reply_bytes(call, 200, type_of(name, &text), bytes, length);
    add_static_headers(call, "", text);
    return KU_OK;
}

ku_status http_static_answer(http_statics *statics, http_call *call, ku_error *err)
{
    const http_url *url = &call->url;
    const char *last = url->segment_count > 0 ? url->segment[url->segment_count - 1] : "";
    bool page = strchr(last, '.') == NULL;
    const char *name = page ? "index.html" : url->path + 1;
    if (statics->folder != NULL) return answer_from_folder(statics, call, name, err);
    static_file *file = find_file(statics, ku_arena_printf(call->arena, ROOT "%s", name));
    if (file == NULL && page) file = find_file(statics, NO_WEB);
    if (file == NULL) return ku_error_set(err, KU_NOT_FOUND, url->path, "there is no such file");
    answer_file(statics, call, file);
    return KU_OK;
}
