/* folder.h - folders that appear whole or not at all, and walking through one. Names
 * returned belong to the caller's arena. Folders are made for the owner only (0700). */
#ifndef KU_WORKSPACE_FOLDER_H
#define KU_WORKSPACE_FOLDER_H

#include "kemudi/arena.h"
#include "kemudi/error.h"

/* A new folder PATH.part-XXXXXX beside where `path` is to appear; its name is in the
 * arena. */
ku_status ku_folder_make_part(const char *path, ku_arena *arena, char **part, ku_error *err);
/* Gives the finished part its name; never replaces anything but an empty folder. */
ku_status ku_folder_appear(const char *part, const char *path, ku_error *err);
/* KU_CONFLICT, in plain words, unless `path` is free or an empty folder. */
ku_status ku_folder_check_free(const char *path, ku_error *err);

/* Calls `each` with every plain file below `root`, as a path relative to it ("a/b"), in
 * order of name; stops at the first status that is not KU_OK. A missing folder has no
 * files. */
typedef ku_status ku_folder_fn(void *data, const char *relative, ku_error *err);
ku_status ku_folder_each(const char *root, ku_folder_fn *each, void *data, ku_error *err);

#endif
