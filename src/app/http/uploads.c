/* uploads.c - takes files in, piece by piece as they arrive.
 *
 * A file of two gigabytes must not stand in memory, a half-sent one must not stay, and a
 * name chosen by a stranger must not reach another folder. The file is written to a
 * folder of its own with a secret name, which is removed unless the request ends well. */
#include "app/http/uploads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/date.h"
#include "base/file.h"

#define KEEP_SECONDS (24 * 3600)
#define NAME_LIMIT   120
#define ID_LENGTH    17 /* "u" and 16 hexadecimal digits */

struct http_uploads {
    char *folder;
};

typedef struct taking { /* an upload under way, in the call's arena */
    const char *id, *folder, *name;
    int fd;
    int64_t bytes;
} taking;

/* ---- the folder ----------------------------------------------------------------------------------- */

/* Removes uploads older than the limit; a folder that cannot be removed stays for next
 * time. */
static void remove_old(const http_uploads *uploads)
{
    DIR *folder = opendir(uploads->folder);
    struct dirent *entry;
    struct stat about;
    char path[4096];
    if (folder == NULL) return;
    int64_t now = ku_now_micros() / 1000000;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != 'u' || strlen(entry->d_name) != ID_LENGTH) continue;
        snprintf(path, sizeof path, "%s/%s", uploads->folder, entry->d_name);
        if (lstat(path, &about) != 0 || now - about.st_mtime < KEEP_SECONDS) continue;
        ku_folder_remove(path, NULL);
    }
    closedir(folder);
}

ku_status http_uploads_new(const char *workspace, http_uploads **out, ku_error *err)
{
    http_uploads *uploads = calloc(1, sizeof *uploads);
    char *folder = NULL;
    if (uploads == NULL || asprintf(&folder, "%s/uploads", workspace) < 0) {
        free(uploads);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    uploads->folder = folder;
    ku_status status = ku_folder_make(folder, 0700, err);
    if (status != KU_OK) {
        http_uploads_free(uploads);
        return status;
    }
    remove_old(uploads);
    *out = uploads;
    return KU_OK;
}

void http_uploads_free(http_uploads *uploads)
{
    if (uploads == NULL) return;
    free(uploads->folder);
    free(uploads);
}

static ku_status not_there(const char *id, ku_error *err)
{
    return ku_error_set(err, KU_NOT_FOUND, "upload",
                        "there is no uploaded file \"%.40s\"; uploads are kept for 24 hours", id);
}

static bool is_upload_id(const char *id)
{
    return strlen(id) == ID_LENGTH && id[0] == 'u' &&
           strspn(id + 1, "0123456789abcdef") == ID_LENGTH - 1;
}

ku_status http_upload_path(http_uploads *uploads, const char *id, ku_arena *arena,
                           const char **path, ku_error *err)
{
    if (!is_upload_id(id)) return not_there(id, err);
    const char *folder = ku_arena_printf(arena, "%s/%s", uploads->folder, id);
    DIR *open = opendir(folder);
    struct dirent *entry;
    if (open == NULL) return not_there(id, err);
    *path = NULL;
    while ((entry = readdir(open)) != NULL) {
        if (entry->d_name[0] != '.') *path = ku_arena_printf(arena, "%s/%s", folder, entry->d_name);
    }
    closedir(open);
    return *path != NULL ? KU_OK : not_there(id, err);
}

/* Where an upload's folder ends in the text, or NULL; *folder is where it begins. */
static char *folder_end(char *text, char **folder)
{
    static const char above[] = "/uploads/";
    for (char *at = strstr(text, above); at != NULL; at = strstr(at + 1, above)) {
        char *id = at + sizeof above - 1, *end = id + ID_LENGTH;
        if (strnlen(id, ID_LENGTH + 1) <= ID_LENGTH || *end != '/' || *id != 'u') continue;
        if (strspn(id + 1, "0123456789abcdef") != ID_LENGTH - 1) continue;
        *folder = at;
        return end + 1;
    }
    return NULL;
}

void http_upload_hide(ku_error *err)
{
    char *folder, *end = folder_end(err->where, &folder);
    if (end != NULL) memmove(err->where, end, strlen(end) + 1); /* it begins with the path */
    while ((end = folder_end(err->message, &folder)) != NULL) {
        while (folder > err->message && folder[-1] != ' ' && folder[-1] != '"') folder--;
        memmove(folder, end, strlen(end) + 1);
    }
}

const char *http_upload_name(const char *name, ku_arena *arena)
{
    const char *slash = strrchr(name, '/'), *back = strrchr(name, '\\');
    if (slash != NULL) name = slash + 1;
    if (back != NULL && back >= name) name = back + 1;
    while (*name == '.') name++;
    size_t length = strlen(name);
    if (length > NAME_LIMIT) { /* the end tells the kind of file, so it stays */
        name += length - NAME_LIMIT;
        while (((unsigned char)*name & 0xc0) == 0x80 || *name == '.') name++;
    }
    char *safe = ku_arena_strdup(arena, *name != '\0' ? name : "file");
    for (char *at = safe; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || strchr("<>:\"|?*\x7f", *at) != NULL) *at = '_';
    }
    return safe;
}

/* ---- taking a file in ---------------------------------------------------------------------------------- */

ku_status http_upload_folder(http_uploads *uploads, ku_arena *arena, const char **folder,
                             ku_error *err)
{
    unsigned char secret[8];
    char hex[2 * sizeof secret + 1];
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(hex, sizeof hex, secret, sizeof secret);
    remove_old(uploads);
    *folder = ku_arena_printf(arena, "%s/u%s", uploads->folder, hex);
    return ku_folder_make(*folder, 0700, err);
}

static ku_status open_upload(http_call *call, ku_error *err)
{
    http_uploads *uploads = call->server->uploads;
    taking *upload = KU_NEW(call->arena, taking);
    upload->name = http_upload_name(http_text(call, "name"), call->arena);
    KU_TRY(http_upload_folder(uploads, call->arena, &upload->folder, err));
    upload->id = strrchr(upload->folder, '/') + 1;
    const char *path = ku_arena_printf(call->arena, "%s/%s", upload->folder, upload->name);
    upload->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (upload->fd < 0) {
        int errnum = errno;
        ku_folder_remove(upload->folder, NULL);
        return ku_error_errno(err, errnum, upload->name, "storing the upload");
    }
    call->sink_state = upload;
    return KU_OK;
}

static ku_status write_upload(http_call *call, const char *bytes, size_t length, ku_error *err)
{
    taking *upload = call->sink_state;
    upload->bytes += (int64_t)length;
    return ku_write_all(upload->fd, bytes, length, upload->name, err);
}

static void drop_upload(http_call *call)
{
    taking *upload = call->sink_state;
    if (upload->fd >= 0) close(upload->fd);
    ku_folder_remove(upload->folder, NULL);
}

const http_sink http_upload_sink = {open_upload, write_upload, drop_upload};

ku_status http_upload_finish(http_call *call, ku_error *err)
{
    taking *upload = call->sink_state;
    int failed = close(upload->fd);
    upload->fd = -1;
    if (failed != 0) return ku_error_errno(err, errno, upload->name, "storing the upload");
    if (upload->bytes == 0) return ku_error_set(err, KU_USAGE, upload->name, "the file is empty");
    http_reply_header(call, "Location",
                      ku_arena_printf(call->arena, HTTP_API "/uploads/%s", upload->id));
    return http_reply_json(call, 201,
                           json_pack("{s:s, s:s, s:I}", "id", upload->id, "name", upload->name,
                                     "bytes", (json_int_t)upload->bytes),
                           err);
}

ku_status http_upload_delete(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id"), *path;
    KU_TRY(http_upload_path(call->server->uploads, id, call->arena, &path, err));
    KU_TRY(ku_folder_remove(
        ku_arena_printf(call->arena, "%s/%s", call->server->uploads->folder, id), err));
    http_reply_empty(call, 204);
    return KU_OK;
}
