/* geolift_data.h - for tests: the simulated cities that GeoLift's walkthrough uses. */
#ifndef KU_TESTS_RETURNS_GEOLIFT_DATA_H
#define KU_TESTS_RETURNS_GEOLIFT_DATA_H

#include "check.h"

#include <string.h>

enum { CITIES = 40, CITY_DAYS = 105 };

typedef struct cities {
    int regions, periods;
    char name[CITIES][32];
    double value[CITIES * CITY_DAYS]; /* regions x periods */
} cities;

static inline int city_of(const cities *c, const char *name)
{
    for (int i = 0; i < c->regions; i++)
        if (strcmp(c->name[i], name) == 0) return i;
    return -1;
}

/* Lines `"new york",3300,"2021-01-01"`, by city and day. Skips the test without the data. */
static inline void read_cities(cities *c, const char *file, int periods)
{
    char path[512], line[256], name[32];
    double value;
    FILE *in = fopen(data_path(file, path, sizeof path), "r");
    int filled[CITIES] = {0};
    assert_non_null(in);
    *c = (cities){.periods = periods};
    assert_non_null(fgets(line, sizeof line, in));
    while (fgets(line, sizeof line, in) != NULL) {
        assert_int_equal(sscanf(line, "\"%31[^\"]\",%lf", name, &value), 2);
        int i = city_of(c, name);
        if (i < 0) {
            i = c->regions++;
            assert_true(i < CITIES);
            memcpy(c->name[i], name, sizeof name);
        }
        c->value[i * periods + filled[i]++] = value;
    }
    fclose(in);
    for (int i = 0; i < c->regions; i++) assert_int_equal(filled[i], periods);
}

#endif
