/* unit.h - the fixed list of units that numbers may have. Constants. */
#ifndef KU_BASE_UNIT_H
#define KU_BASE_UNIT_H

/* clang-format off */
/*   unit           what it says after a number */
#define KU_UNIT_MAP(X)                                                                         \
    X("",            "")                                                                       \
    X("money",       "")                                                                       \
    X("money/unit",  "per unit")                                                               \
    X("share",       "")                                                                       \
    X("change",      "")                                                                       \
    X("units",       "units")                                                                  \
    X("orders",      "orders")                                                                 \
    X("customers",   "customers")                                                              \
    X("lines",       "lines")                                                                  \
    X("days",        "days")                                                                   \
    X("periods",     "periods")                                                                \
    X("count",       "")                                                                       \
    X("score",       "")
/* clang-format on */

/* The word that follows a number of this unit ("days"; "" for none), or NULL for a unit
 * that is not in the list. */
const char *ku_unit_word(const char *unit);

#endif
