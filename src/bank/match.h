/* match.h - finding the column of a file that is meant by a name. Owns nothing. */
#ifndef KU_BANK_MATCH_H
#define KU_BANK_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* The index among `names` (skipping those with taken[i]; NULL: none) of the column `name`
 * means: the same name, else the same with case, spaces and punctuation aside, else, in
 * their order, one of the aliases (may be NULL) in the same ways. -1: none. */
int ku_match_column(const char *name, const char *const *aliases, const char *const *names,
                    const bool *taken, size_t count);

#endif
