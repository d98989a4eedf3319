/* banned.h - functions that are easy to misuse, made compile errors. Included before
 * everything else by the build (-include). The right-hand column says what to use. */
#ifndef KU_BASE_BANNED_H
#define KU_BASE_BANNED_H

/* The headers that declare them come first, else their declarations would break. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <sodium/randombytes.h>

#if defined(__GNUC__)
#pragma GCC poison strcpy strcat strncpy strncat         /* ku_text_copy, ku_arena_printf */
#pragma GCC poison sprintf vsprintf                      /* snprintf */
#pragma GCC poison strtok                                /* strtok_r */
#pragma GCC poison gmtime localtime ctime asctime mktime /* base/date.h, or the _r forms */
#pragma GCC poison rand srand random srandom drand48     /* kemudi/rng.h */
#pragma GCC poison atoi atol atoll atof                  /* base/text.h */
#endif

#endif
