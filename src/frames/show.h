/* show.h - cells of frames as people read them. Texts live in the caller's arena. */
#ifndef KU_FRAMES_SHOW_H
#define KU_FRAMES_SHOW_H

#include "base/format.h"
#include "kemudi/frame.h"

/* A cell in its unit; "–" for a null, dates and times as ISO, yes and no for bool. */
const char *ku_frame_show(const ku_column *column, int64_t row, const char *unit,
                          const ku_format *format, ku_arena *arena);

#endif
