/* look.h - the colours of a chart. Constants. */
#ifndef KU_REPORT_LOOK_H
#define KU_REPORT_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#define KU_LOOK_SERIES 8

/* Colours as 0xRRGGBB. */
typedef struct ku_look {
    uint32_t paper, ink, ink2, axis, grid;
    uint32_t actual, up, down, total;
    uint32_t heat_low, heat_high, heat_minus;
    uint32_t series[KU_LOOK_SERIES];
    uint32_t others; /* what was added up because there was too much of it */
} ku_look;

const ku_look *ku_look_of(bool dark);
uint32_t ku_look_mix(uint32_t from, uint32_t to, double share);
/* Ink that can be read on that ground. */
uint32_t ku_look_ink_on(uint32_t ground);

#endif
