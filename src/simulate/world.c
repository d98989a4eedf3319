/* world.c - builds the world: makes room for its tables, then fills them part by part,
 * each from random streams of its own, so that no part changes another's numbers. */
#include "simulate/world_internal.h"

#include "base/date.h"

ku_rng ku_sim_world_rng(const world *w, enum stream stream, uint64_t index)
{
    return ku_rng_make(w->seed, ku_rng_stream((uint64_t)stream, index));
}

static void make_room(world *w, ku_arena *arena)
{
    size_t days = (size_t)w->days, weeks = (size_t)w->weeks;
    w->offer = KU_ARRAY(arena, weeks * PRODUCTS, product_week);
    w->choice = KU_ARRAY(arena, weeks * SEGMENTS, alias_table);
    w->weight = KU_ARRAY(arena, weeks * SEGMENTS, double);
    w->neutral = KU_ARRAY(arena, weeks * SEGMENTS, double);
    w->rival_price = KU_ARRAY(arena, weeks * RIVALS * GROUPS, float);
    w->branch = KU_ARRAY(arena, days * OUTLETS_MAX, double);
    w->season = KU_ARRAY(arena, days, double);
    w->weekday = KU_ARRAY(arena, days, int8_t);
    w->month = KU_ARRAY(arena, days, int16_t);
    w->week = KU_ARRAY(arena, days, int16_t);
    w->special = KU_ARRAY(arena, days, int8_t);
    w->black_friday = KU_ARRAY(arena, days, bool);
    w->before_gifts = KU_ARRAY(arena, days, bool);
    w->date = ku_arena_array(arena, days, sizeof *w->date);
    w->temperature = KU_ARRAY(arena, days, double);
    w->heat = KU_ARRAY(arena, weeks, double);
    w->spend = KU_ARRAY(arena, weeks * MEDIA * REGIONS, int64_t);
    w->adstock = KU_ARRAY(arena, weeks * MEDIA * REGIONS, double);
    w->lift = KU_ARRAY(arena, weeks * MEDIA * REGIONS, double);
    w->channel_mix = KU_ARRAY(arena, days * SEGMENTS * CHANNELS, double);
}

/* The table by branch waits until the number of branches is known. */
static void make_room_for_cells(world *w, ku_arena *arena)
{
    size_t cells = (size_t)w->outlets * SEGMENTS;
    w->orders = KU_ARRAY(arena, cells * ((size_t)w->days + 1), double);
}

world *ku_sim_world_new(uint64_t seed, int64_t customers, int years, int32_t end)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return NULL;
    world *w = KU_NEW(arena, world);
    w->arena = arena;
    w->seed = seed;
    w->customers = customers;
    w->years = years;
    w->end = end;
    /* Counted back from the day after the end, so that a period that ends with a month's
     * last day starts with a month's first one. */
    ku_civil after = ku_date_to_civil(end + 1);
    int day = after.day;
    if (!ku_civil_valid(after.year - years, after.month, day)) day = 28;
    w->start = ku_date_from_civil(after.year - years, after.month, day);
    w->days = w->end - w->start + 1;
    w->monday = w->start - (ku_date_weekday(w->start) - 1);
    w->weeks = (w->end - w->monday) / 7 + 1;
    make_room(w, arena);
    ku_sim_world_make_calendar(w);
    ku_sim_world_make_products(w);
    ku_sim_world_make_outlets(w);
    ku_sim_world_make_media(w);
    make_room_for_cells(w, arena);
    ku_sim_world_make_demand(w);
    return w;
}

void ku_sim_world_free(world *w)
{
    if (w != NULL) ku_arena_free(w->arena);
}
