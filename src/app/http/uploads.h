/* uploads.h - files sent by the browser, kept in the workspace's uploads/ for 24 hours.
 * The folder is the register: uploads/<id>/<name>. The http_uploads belongs to the
 * server. */
#ifndef KU_APP_HTTP_UPLOADS_H
#define KU_APP_HTTP_UPLOADS_H

#include "app/http/route.h"

#define HTTP_UPLOAD_LIMIT (UINT64_C(2) << 30)

typedef struct http_uploads http_uploads;

/* Makes the folder and removes what is older than 24 hours. */
ku_status http_uploads_new(const char *workspace, http_uploads **uploads, ku_error *err);
void http_uploads_free(http_uploads *uploads);

/* The path of an upload's file, in the arena; KU_NOT_FOUND for an unknown id or one that
 * has expired. */
ku_status http_upload_path(http_uploads *uploads, const char *id, ku_arena *arena,
                           const char **path, ku_error *err);
/* A new upload's empty folder, for a file the server itself writes; it goes with the others
 * after 24 hours. */
ku_status http_upload_folder(http_uploads *uploads, ku_arena *arena, const char **folder,
                             ku_error *err);
/* A name that is safe in a folder, made from what the client called its file: no
 * slashes, control characters or leading dots, at most 120 bytes; in the arena. */
const char *http_upload_name(const char *name, ku_arena *arena);

/* Leaves of the path of an upload's file, wherever an error names it, the name alone. */
void http_upload_hide(ku_error *err);

extern const http_sink http_upload_sink;
http_handler http_upload_finish, http_upload_delete;

#endif
