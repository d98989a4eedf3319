/* look.c - the colours of a chart, the same as the web app's (web/src/app.css, --chart-1 to
 * --chart-8 and so on; a test holds the two together).
 *
 * Series take their colours in this order: blue, orange, teal, purple, olive, raspberry, light
 * blue, grey. Neighbours in the order stay apart for readers with protanopia, deuteranopia
 * and tritanopia, because they differ in lightness or along the blue-yellow axis and never
 * by red against green alone. Up and down are blue and orange for the same reason; signs in
 * the labels say it once more without colour. */
#include "report/look.h"

#include <math.h>

static const ku_look light = {
    .paper = 0xffffff,
    .ink = 0x16202d,
    .ink2 = 0x434f5f,
    .axis = 0x5d6877,
    .grid = 0xe4e8ee,
    .actual = 0x24303f,
    .up = 0x1f62b0,
    .down = 0xd3730d,
    .total = 0x566273,
    .heat_low = 0xeef4fb,
    .heat_high = 0x17549c,
    .heat_minus = 0xb85f06,
    .series = {0x1f62b0, 0xd3730d, 0x0d8074, 0x9a4c95, 0x8f7600, 0xc23a5e, 0x4c7fd9, 0x6b7480},
    .others = 0xaab3bf,
};

static const ku_look dark = {
    .paper = 0x161e28,
    .ink = 0xe7ecf3,
    .ink2 = 0xb9c3d0,
    .axis = 0x94a0b0,
    .grid = 0x263140,
    .actual = 0xdfe6ef,
    .up = 0x6aa9f0,
    .down = 0xf0a04b,
    .total = 0x93a0b1,
    .heat_low = 0x1b2735,
    .heat_high = 0x7ab5f5,
    .heat_minus = 0xf0a04b,
    .series = {0x6aa9f0, 0xf0a04b, 0x4cc3b4, 0xcf8fcb, 0xd2b94a, 0xf07f9b, 0x9bb8f2, 0x98a3b2},
    .others = 0x5f6d7f,
};

const ku_look *ku_look_of(bool is_dark)
{
    return is_dark ? &dark : &light;
}

static uint32_t mix_channel(uint32_t from, uint32_t to, int shift, double share)
{
    double a = (double)(from >> shift & 0xff), b = (double)(to >> shift & 0xff);
    return (uint32_t)lround(a + (b - a) * share) << shift;
}

uint32_t ku_look_mix(uint32_t from, uint32_t to, double share)
{
    share = fmin(1, fmax(0, share));
    return mix_channel(from, to, 16, share) | mix_channel(from, to, 8, share) |
           mix_channel(from, to, 0, share);
}

uint32_t ku_look_ink_on(uint32_t ground)
{
    double lightness = 0.2126 * (double)(ground >> 16 & 0xff) +
                       0.7152 * (double)(ground >> 8 & 0xff) + 0.0722 * (double)(ground & 0xff);
    return lightness > 135 ? light.ink : 0xffffff;
}
