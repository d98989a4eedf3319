/* json.h - frames as JSON. Owns nothing. */
#ifndef KU_FRAMES_JSON_H
#define KU_FRAMES_JSON_H

#include "base/text.h"
#include "kemudi/frame.h"

/* One cell: a number, true, false, a string (dates and times ISO 8601) or null. */
void ku_frame_json_cell(const ku_column *column, int64_t row, ku_text *out);
/* Rows [first, first + count) as an array of arrays. */
void ku_frame_json_rows(const ku_frame *frame, int64_t first, int64_t count, ku_text *out);
/* The same as an array of objects. */
void ku_frame_json_objects(const ku_frame *frame, int64_t first, int64_t count, ku_text *out);

#endif
