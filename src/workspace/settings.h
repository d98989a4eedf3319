/* settings.h - kemudi.toml: the settings of a workspace, read and written. Texts of
 * settings read belong to the caller's arena. */
#ifndef KU_WORKSPACE_SETTINGS_H
#define KU_WORKSPACE_SETTINGS_H

#include "base/text.h"
#include "workspace/workspace.h"

/* What holds where the file says nothing. */
void ku_settings_default(ku_settings *settings);
/* Fills what is NULL or 0 with the default and checks the rest: KU_USAGE. */
ku_status ku_settings_complete(ku_settings *settings, ku_error *err);
/* Reads the file's text; what it does not mention gets its default. KU_BAD_DATA with the
 * line for an unknown setting, a wrong type or a value out of range. */
ku_status ku_settings_read(const char *text, size_t length, ku_arena *arena, ku_settings *settings,
                           ku_error *err);
/* The commented file. */
void ku_settings_write(const ku_settings *settings, ku_text *out);

#endif
