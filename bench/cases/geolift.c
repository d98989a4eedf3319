/* geolift.c - GeoLift's walkthrough: the estimate of the campaign and the search among pairs of
 * cities, against mlsynth's port of GeoLift (PyPI; R's package is not on CRAN) on the same data. The
 * peer's answer must be GeoLift's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../process.h"
#include "returns/geolift/design.h"
#include "returns/geolift/lift.h"

enum { CITIES = 40, BEFORE = 90, ALL = 105, TURNS = 5 };

typedef struct cities {
    int regions, periods;
    char name[CITIES][32];
    double value[CITIES * ALL];
} cities;

/* Lines `"new york",3300,"2021-01-01"`, a city's days in order. */
static bool read_cities(const char *path, int periods, cities *c)
{
    FILE *in = fopen(path, "r");
    char line[256], name[32];
    double value;
    int filled[CITIES] = {0};
    if (in == NULL) return false;
    *c = (cities){.periods = periods};
    bool good = fgets(line, sizeof line, in) != NULL;
    while (good && fgets(line, sizeof line, in) != NULL) {
        int i = 0;
        if (sscanf(line, "\"%31[^\"]\",%lf", name, &value) != 2) continue;
        while (i < c->regions && strcmp(c->name[i], name) != 0) i++;
        good = i < CITIES && filled[i] < periods;
        if (good && i == c->regions) memcpy(c->name[c->regions++], name, sizeof name);
        if (good) c->value[i * periods + filled[i]++] = value;
    }
    fclose(in);
    return good && c->regions == CITIES;
}

static double estimate(const cities *c, double *effect)
{
    int treated[2], donor[CITIES], count = 0, donors = 0;
    for (int i = 0; i < CITIES; i++)
        if (strcmp(c->name[i], "chicago") == 0 || strcmp(c->name[i], "portland") == 0)
            treated[count++] = i;
        else
            donor[donors++] = i;
    ku_lift_question question = {.regions = CITIES,
                                 .periods = ALL,
                                 .value = c->value,
                                 .treated = treated,
                                 .treated_count = 2,
                                 .donor = donor,
                                 .donors = donors,
                                 .first = BEFORE,
                                 .last = ALL - 1,
                                 .confidence = 0.9,
                                 .draws = 1000,
                                 .seed = 1};
    ku_arena *arena = ku_arena_new();
    ku_lift lift;
    double began = processor_seconds();
    for (int turn = 0; turn < TURNS; turn++) {
        ku_arena_reset(arena);
        ku_lift_estimate(&question, arena, NULL, &lift);
    }
    *effect = lift.effect;
    ku_arena_free(arena);
    return (processor_seconds() - began) / TURNS;
}

static double search(const cities *c, size_t *designs)
{
    static const double effects[] = {0, 0.05, 0.1};
    static const bool none[CITIES];
    ku_set_question sets = {.regions = CITIES,
                            .periods = BEFORE,
                            .value = c->value,
                            .with = none,
                            .without = none,
                            .smallest = 2,
                            .largest = 2};
    ku_design_question question = {.regions = CITIES,
                                   .periods = BEFORE,
                                   .value = c->value,
                                   .effect = effects,
                                   .effects = 3,
                                   .windows = 1,
                                   .confidence = 0.9,
                                   .days = true,
                                   .draws = 999,
                                   .seed = 1};
    ku_arena *arena = ku_arena_new();
    double began = processor_seconds();
    for (int turn = 0; turn < TURNS; turn++) {
        ku_region_set *set;
        ku_arena_reset(arena);
        *designs = ku_region_sets(&sets, arena, &set);
        ku_design *design = KU_ARRAY(arena, *designs, ku_design);
        for (size_t i = 0; i < *designs; i++)
            design[i] = (ku_design){.set = set[i], .duration = 15};
        ku_designs_try(&question, design, *designs, arena, NULL);
    }
    ku_arena_free(arena);
    return (processor_seconds() - began) / TURNS;
}

/* The peer's seconds and value of that line; false: none. */
static bool read_answer(const char *path, const char *what, double *seconds, double *value)
{
    FILE *in = fopen(path, "r");
    char name[32];
    bool found = false;
    while (in != NULL && !found && fscanf(in, "%31s %lf %lf", name, seconds, value) == 3)
        found = strcmp(name, what) == 0;
    if (in != NULL) fclose(in);
    return found;
}

static void compare(const char *name, const char *answers, const char *what, double own,
                    double expected)
{
    double seconds, value;
    if (!read_answer(answers, what, &seconds, &value))
        printf("%s\tskipped\tx\t>= 20\tmlsynth gave no answer\n", name);
    else if (!isnan(expected) && fabs(value - expected) > 0.01)
        printf("%s\tskipped\tx\t>= 20\tmlsynth's answer is %.3f, not %.3f\n", name, value,
               expected);
    else
        printf("%s\t%.0f\tx\t>= 20\tprocessor time of mlsynth %.2f s, here %.4f s\n", name,
               seconds / own, seconds, own);
}

int main(void)
{
    const char *data = getenv("KEMUDI_DATA"), *source = getenv("KEMUDI_SOURCE");
    const char *scratch = getenv("KEMUDI_SCRATCH");
    char setup[600], peer[600];
    static cities before, all;
    char pre[600], test[600], venv[600], python[700], answers[700];
    double effect;
    size_t designs;
    snprintf(pre, sizeof pre, "%s/returns/geolift/GeoLift_PreTest.csv", data != NULL ? data : "");
    snprintf(test, sizeof test, "%s/returns/geolift/GeoLift_Test.csv", data != NULL ? data : "");
    if (!read_cities(pre, BEFORE, &before) || !read_cities(test, ALL, &all)) {
        printf("walkthrough of GeoLift\tskipped\ts\t\tthe data are not there\n");
        return 0;
    }
    double estimating = estimate(&all, &effect), searching = search(&before, &designs);
    printf("estimate of a campaign, 40 regions x 105 days\t%.4f\ts\t<= 0.5\taverage effect %.3f\n",
           estimating, effect);
    printf("search among %zu pairs of regions\t%.4f\ts\t<= 0.5\t15 days, three effects\n", designs,
           searching);
    if (source == NULL || scratch == NULL) return 1;
    snprintf(venv, sizeof venv, "%s/build/bench/mlsynth", source);
    snprintf(setup, sizeof setup, "%s/bench/peers/mlsynth_setup", source);
    snprintf(peer, sizeof peer, "%s/bench/peers/mlsynth_peer.py", source);
    snprintf(python, sizeof python, "%s/bin/python", venv);
    snprintf(answers, sizeof answers, "%s/geolift-answers", scratch);
    const char *const set_up[] = {setup, venv, NULL};
    if (run_program(set_up) != 0) {
        printf("against mlsynth\tskipped\tx\t>= 20\tmlsynth could not be installed\n");
        return 0;
    }
    const char *const ask[] = {python, peer, pre, test, answers, NULL};
    if (run_program(ask) != 0) return 1;
    compare("estimate against mlsynth", answers, "effect", estimating, 155.556);
    compare("search against mlsynth", answers, "search", searching, NAN);
    return 0;
}
