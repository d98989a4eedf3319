/* archive.c - zip files from strangers: opened only when what they say of their size is
 * believable. What they say is not relied on either: readers count the bytes as they
 * unpack. */
#include <string.h>

#include "office/documents/text/text_internal.h"

static ku_status too_large(ku_error *err)
{
    return ku_error_set(err, KU_TOO_LARGE, "file",
                        "the file unpacks to more than any real document does; it is not taken in");
}

/* "../x", "/etc/x", "c:\x" and the like. */
static bool leads_out(const char *name)
{
    if (*name == '/' || strchr(name, '\\') != NULL || strchr(name, ':') != NULL) return true;
    for (const char *at = name; (at = strstr(at, "..")) != NULL; at += 2) {
        bool begins = at == name || at[-1] == '/';
        if (begins && (at[2] == '/' || at[2] == '\0')) return true;
    }
    return false;
}

static bool out_of_proportion(uint64_t unpacked, uint64_t packed)
{
    return unpacked > KU_ZIP_RATIO_FROM && unpacked / KU_ZIP_RATIO > packed;
}

static ku_status check_entries(zip_t *zip, size_t length, ku_error *err)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    uint64_t all = 0;
    if (count > KU_ZIP_ENTRIES) return too_large(err);
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t info;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &info) != 0) continue;
        if ((info.valid & ZIP_STAT_NAME) != 0 && leads_out(info.name))
            return ku_error_set(err, KU_BAD_DATA, "file",
                                "the archive names a file outside of its folder (\"%.60s\"); it "
                                "is not taken in",
                                info.name);
        uint64_t unpacked = (info.valid & ZIP_STAT_SIZE) != 0 ? info.size : 0;
        uint64_t packed = (info.valid & ZIP_STAT_COMP_SIZE) != 0 ? info.comp_size : 0;
        if (unpacked > KU_ZIP_ALL_BYTES || out_of_proportion(unpacked, packed))
            return too_large(err);
        all += unpacked;
    }
    /* Parts that lie over each other are each in proportion, together they are not. */
    return all > KU_ZIP_ALL_BYTES || out_of_proportion(all, length) ? too_large(err) : KU_OK;
}

ku_status ku_zip_open(const void *bytes, size_t length, zip_t **out, ku_error *err)
{
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, NULL);
    zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    if (zip == NULL) {
        zip_source_free(source);
        return KU_NOT_FOUND;
    }
    ku_status status = check_entries(zip, length, err);
    if (status == KU_OK)
        *out = zip;
    else
        zip_discard(zip);
    return status;
}
