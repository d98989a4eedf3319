/* model.c - the list of models of repeat buying. */
#include "customers/model.h"

#include <string.h>

#define KU_BUYING_MODEL(name, title) &ku_buying_##name,
const ku_buying_model *const ku_buying_models[] = {
#include "customers/models.def"
    NULL,
};
#undef KU_BUYING_MODEL

#define KU_BUYING_MODEL(name, title) +1
const int ku_buying_model_count = 0
#include "customers/models.def"
    ;
#undef KU_BUYING_MODEL

const ku_buying_model *ku_buying_find(const char *name)
{
    for (int i = 0; i < ku_buying_model_count; i++)
        if (strcmp(ku_buying_models[i]->name, name) == 0) return ku_buying_models[i];
    return NULL;
}
