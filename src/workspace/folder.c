/* folder.c - making folders whole, and walking through one.
 *
 * A folder that must never be seen half made is made under another name beside its
 * place and renamed at the end: rename is atomic within a file system. */
#include "workspace/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static size_t trimmed(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    return length;
}

ku_status ku_folder_make_part(const char *path, ku_arena *arena, char **part, ku_error *err)
{
    char *name = ku_arena_printf(arena, "%.*s.part-XXXXXX", (int)trimmed(path), path);
    if (mkdtemp(name) == NULL) return ku_error_errno(err, errno, path, "creating the folder");
    *part = name;
    return KU_OK;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

ku_status ku_folder_check_free(const char *path, ku_error *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL && errno == ENOENT) return KU_OK;
    if (dir == NULL && errno == ENOTDIR)
        return ku_error_set(err, KU_CONFLICT, path, "there is a file of that name");
    if (dir == NULL) return ku_error_errno(err, errno, path, "looking into the folder");
    bool empty = true, workspace = false;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (is_dot(e->d_name)) continue;
        empty = false;
        workspace = workspace || strcmp(e->d_name, "kemudi.toml") == 0;
    }
    closedir(dir);
    if (workspace)
        return ku_error_set(err, KU_CONFLICT, path, "there is a workspace in this folder already");
    if (!empty)
        return ku_error_set(err, KU_CONFLICT, path,
                            "the folder is not empty; a workspace needs a folder of its own");
    return KU_OK;
}

static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

ku_status ku_folder_appear(const char *part, const char *path, ku_error *err)
{
    sync_folder(part);
    /* rename(2) onto a folder succeeds only when that folder is empty. */
    if (rename(part, path) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
            return ku_error_set(err, KU_CONFLICT, path,
                                "something else was put there in the meantime");
        return ku_error_errno(err, errno, path, "naming the finished folder");
    }
    char *parent = strndup(path, trimmed(path));
    char *slash = parent != NULL ? strrchr(parent, '/') : NULL;
    if (slash != NULL) *(slash == parent ? slash + 1 : slash) = '\0';
    sync_folder(slash != NULL ? parent : ".");
    free(parent);
    return KU_OK;
}

typedef struct walk {
    const char *root;
    ku_folder_fn *each;
    void *data;
    ku_arena *arena;
} walk;

static ku_status walk_folder(const walk *w, const char *below, ku_error *err);

static ku_status walk_entry(const walk *w, const char *below, const char *name, ku_error *err)
{
    const char *relative = *below == '\0' ? ku_arena_strdup(w->arena, name)
                                          : ku_arena_printf(w->arena, "%s/%s", below, name);
    const char *path = ku_arena_printf(w->arena, "%s/%s", w->root, relative);
    struct stat st;
    if (lstat(path, &st) != 0) /* gone since it was listed */
        return errno == ENOENT ? KU_OK : ku_error_errno(err, errno, path, "looking at");
    if (S_ISDIR(st.st_mode)) return walk_folder(w, relative, err);
    return S_ISREG(st.st_mode) ? w->each(w->data, relative, err) : KU_OK;
}

static ku_status walk_folder(const walk *w, const char *below, ku_error *err)
{
    const char *path = *below == '\0' ? ku_arena_strdup(w->arena, w->root)
                                      : ku_arena_printf(w->arena, "%s/%s", w->root, below);
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0 && errno == ENOENT) return KU_OK;
    if (count < 0) return ku_error_errno(err, errno, path, "looking into the folder");
    ku_status status = KU_OK;
    for (int i = 0; i < count; i++) {
        if (status == KU_OK && !is_dot(names[i]->d_name))
            status = walk_entry(w, below, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    return status;
}

ku_status ku_folder_each(const char *root, ku_folder_fn *each, void *data, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, root, "no memory");
    ku_status status = walk_folder(&(walk){root, each, data, arena}, "", err);
    ku_arena_free(arena);
    return status;
}
