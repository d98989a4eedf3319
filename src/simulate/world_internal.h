/* world_internal.h - the simulated company before anybody buys: products, prices,
 * branches, channels, seasons, media and the intensity with which customers order.
 * A world is built once from (seed, sizes), owned by its arena and read-only after. */
#ifndef KU_SIMULATE_WORLD_INTERNAL_H
#define KU_SIMULATE_WORLD_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/rng.h"

enum { GROUPS = 8, GROUP_PRODUCTS = 15, PRODUCTS = GROUPS * GROUP_PRODUCTS };
enum { SEGMENTS = 5, REGIONS = 8, CHANNELS = 4, MEDIA = 6, RIVALS = 3 };
enum { OUTLETS_MAX = 64, CAMPAIGNS_MAX = 320, HOLIDAYS = 14 };
enum { CHANNEL_SHOP, CHANNEL_WEB, CHANNEL_MARKET, CHANNEL_PARTNER };
enum { MEDIUM_TV, MEDIUM_RADIO, MEDIUM_PRINT, MEDIUM_SEARCH, MEDIUM_SOCIAL, MEDIUM_VIDEO };
enum { SEGMENT_EVERYDAY, SEGMENT_BARGAIN, SEGMENT_CONNOISSEUR, SEGMENT_GIFT, SEGMENT_BUSINESS };

/* Every random stream of the simulation has one of these as its first index. */
enum stream {
    STREAM_PRODUCT = 1,
    STREAM_PRICE,
    STREAM_PROMOTION,
    STREAM_RIVAL,
    STREAM_OUTLET,
    STREAM_MEDIA,
    STREAM_CUSTOMER,
    STREAM_JOURNEY,
    STREAM_VOICE,
    STREAM_LEAD,
    STREAM_MENTION,
    STREAM_CHECK,
    STREAM_MARKET,
    STREAM_CALENDAR,
    STREAM_SPEND_ROW,
    STREAM_PERSON,
    STREAM_WALLET,
};

/* ---- parameters: constants of the model, printed in truth.json -------------------- */

typedef struct group_params {
    const char *name;
    const char *item[GROUP_PRODUCTS];
    double share;      /* of lines in an average week */
    double price;      /* median list price, EUR */
    double spread;     /* log standard deviation of list prices */
    double cost;       /* share of the list price */
    double elasticity; /* of a product's lines to its own price */
    double cross;      /* of a product's lines to its rivals' price */
    double feature;    /* log uplift of being promoted, beside the price cut */
    double summer;     /* log amplitude of the yearly wave, peak in mid July; < 0: winter */
    double advent;     /* log height of the bump before Christmas */
    double returned;   /* multiplies the channel's rate of returns */
} group_params;

typedef struct segment_params {
    const char *name;
    double share;               /* of customers */
    double rate;                /* multiplies the purchase rate */
    double spend;               /* multiplies the spend level */
    double mix[CHANNELS];       /* channel shares at the start */
    double taste[GROUPS];       /* multiplies the group's weight */
    double promotion;           /* multiplies `feature` */
    double event;               /* multiplies orders in the days before a day of gifts */
    double shift_rate;          /* multiplies the rate from the shift date on */
    double shift_mix[CHANNELS]; /* multiplies the mix from the shift date on */
} segment_params;

typedef struct region_params {
    const char *name, *country;
    double share;    /* of customers and of media money */
    double strength; /* multiplies the market's size against our own sales */
} region_params;

typedef struct channel_params {
    const char *id, *name, *kind;
    double growth;     /* log growth of its share a year */
    double weekday[7]; /* Monday first; mean 1 */
    double holiday;    /* factor on a public holiday */
    double friday;     /* factor in the week of Black Friday */
    double returned;   /* probability that a line is sent back */
    double anonymous;  /* probability that an order carries no customer */
    double hour[24];   /* weights of the hours of the day */
} channel_params;

typedef struct medium_params {
    const char *id, *name;
    double carry;     /* geometric adstock, a week */
    double shape;     /* Hill's exponent */
    double half;      /* adstocked EUR a week per 1,000 customers at half of the lift */
    double lift;      /* largest relative lift of orders */
    double week;      /* planned EUR a week per 1,000 customers while it runs */
    double cpm;       /* EUR per 1,000 impressions */
    double ctr;       /* clicks per impression; 0: has none */
    double frequency; /* mean contacts per person reached in a day */
} medium_params;

extern const group_params ku_sim_world_groups[GROUPS];
extern const segment_params ku_sim_world_segments[SEGMENTS];
extern const region_params ku_sim_world_regions[REGIONS];
extern const channel_params ku_sim_world_channels[CHANNELS];
extern const medium_params ku_sim_world_media[MEDIA];
extern const char *const ku_sim_world_rivals[RIVALS];

/* The customers' own heterogeneity: order rate lambda ~ Gamma(r, alpha) a day, time to
 * leaving ~ Exponential(mu), mu ~ Gamma(s, beta) a day, spend level ~ 1/Gamma(q) with
 * mean 1 (Pareto/NBD of Schmittlein, Morrison & Colombo 1987; the mixing of Fader,
 * Hardie & Lee 2005 for spend). */
typedef struct life_params {
    double r, alpha, s, beta, q;
    double extra_quantity; /* mean of a line's quantity above 1 at spend level 1 */
    double lines[8];       /* probabilities of 1..8 lines an order */
    double mean_lines;
    double stock_share;          /* of customers who came before the first day */
    int stock_days;              /* ... evenly over so many days */
    double growth;               /* log growth of newcomers a year */
    double loyalty;              /* log fall of mu per unit of branch quality */
    double voucher, voucher_cut; /* orders with a voucher, and its cut */
} life_params;
extern const life_params ku_sim_world_life;

/* ---- things of the world ----------------------------------------------------------- */

typedef struct product {
    char id[8], name[40];
    int group;
    double base;          /* weight among products of the group */
    int64_t list0;        /* list price in the first week, cents */
    double unit_cost;     /* share of list0 */
    int launch, leave;    /* weeks; leave: from then on demand fades */
    double fade;          /* log fall a week after `leave` */
    int out_from, out_to; /* weeks without stock; from == to: never */
} product;

typedef struct product_week {
    int32_t list, price, cost; /* cents */
    float cut;                 /* 0.2: promoted at 20 % off */
    float rival;               /* rivals' price relative to its start */
} product_week;

typedef struct outlet {
    char id[8], name[40];
    int region;
    double share;   /* of the region's customers */
    double quality; /* standardised: 0 is average */
    double trend;   /* log growth of its own demand a year */
    int opens;      /* day; negative: always open */
} outlet;

typedef struct campaign {
    char id[16], name[64];
    int medium;
    int from, to; /* weeks, to exclusive */
    double strength;
    bool follows_season; /* money follows demand, as search budgets do */
    uint32_t regions;    /* bit set: runs there */
    int64_t budget;      /* cents spent in the simulated period */
} campaign;

typedef struct alias_table {
    uint32_t keep[PRODUCTS]; /* threshold of 2^32 */
    uint8_t other[PRODUCTS];
} alias_table;

typedef struct holiday_kind {
    const char *name;
    bool closed; /* a public holiday: shops are shut */
} holiday_kind;

typedef struct world {
    ku_arena *arena;
    uint64_t seed;
    int64_t customers;
    int32_t start, end; /* days since 1970, both included */
    int32_t monday;     /* the Monday on or before start: week 0 */
    int days, weeks, months;
    int years;
    int shift;                /* day from which the profitable segment behaves otherwise */
    int spike_from, spike_to; /* days with late deliveries: complaints and mentions rise */
    int attack_week;          /* a rival cuts its prices from this week on */

    product product[PRODUCTS];
    product_week *offer; /* [week][product] */
    alias_table *choice; /* [segment][week] */
    double *weight;      /* [segment][week]: sum of product weights against week 0's neutral one */
    double *neutral;     /* [segment][week]: as if there were no price moves, promotions, gaps */
    float *rival_price;  /* [rival][group][week] relative to the start */

    outlet outlet[OUTLETS_MAX];
    int outlets;
    int region_first[REGIONS + 1]; /* outlets are sorted by region */
    double *branch;                /* [outlet][day]: factor on its own demand */

    double *season;      /* [day]: common season, mean 1 over a year */
    int8_t *weekday;     /* [day] Monday = 0 */
    int16_t *month;      /* [day] since the first month */
    int16_t *week;       /* [day] */
    int8_t *special;     /* [day]: a holiday's number or -1 */
    bool *black_friday;  /* [day] in that week */
    char (*date)[12];    /* [day] ISO */
    double *temperature; /* [day] degrees */
    bool *before_gifts;  /* [day] up to 5 days before a day of gifts */
    double *heat;        /* [week] mean degrees above the usual of the season */

    campaign campaign[CAMPAIGNS_MAX];
    int campaigns;
    int64_t *spend;  /* [medium][region][week] cents */
    double *adstock; /* [medium][region][week] EUR per 1,000 customers */
    double *lift;    /* [medium][region][week] relative */

    double *channel_mix; /* [segment][day][channel], the branch factor left out */
    double *orders;      /* [outlet][segment][day + 1] cumulative intensity */
    double segment_cut[SEGMENTS], outlet_cut[OUTLETS_MAX]; /* cumulative shares */
    uint8_t hour_table[CHANNELS][1024];
} world;

/* Builds the world; cannot fail except for memory (NULL). The sizes are checked before. */
world *ku_sim_world_new(uint64_t seed, int64_t customers, int years, int32_t end);
void ku_sim_world_free(world *w); /* NULL is safe */

/* The parts, in the order in which ku_sim_world_new calls them. */
void ku_sim_world_make_calendar(world *w);
void ku_sim_world_make_products(world *w);
void ku_sim_world_make_outlets(world *w);
void ku_sim_world_make_media(world *w);
void ku_sim_world_make_demand(world *w);

extern const holiday_kind ku_sim_world_holidays[HOLIDAYS];
extern const int ku_sim_world_heat_group;     /* the group whose demand follows the weather */
extern const double ku_sim_world_heat_effect; /* log demand a degree */

/* Years since the first day; the share of the year gone, 0..1. */
double ku_sim_world_years(int day);
double ku_sim_world_year_share(const world *w, int day);
/* The height of the weeks before Christmas: 0 to 1 on 24 December, 0 after. */
double ku_sim_world_advent(int32_t date);
/* A group's season in a week, mean 1 over a year. */
double ku_sim_world_group_season(const world *w, int group, int week);
/* Cents a campaign spends in a region and week; the same at every call. */
int64_t ku_sim_world_campaign_cents(const world *w, const campaign *c, int region, int week);
/* First and one past the last day of a week inside the period. */
int ku_sim_world_week_from(const world *w, int week);
int ku_sim_world_week_to(const world *w, int week);

static inline const product_week *ku_sim_world_offer(const world *w, int week, int item)
{
    return &w->offer[(size_t)week * PRODUCTS + (size_t)item];
}
static inline size_t ku_sim_world_mrw(const world *w, int medium, int region, int week)
{
    return ((size_t)medium * REGIONS + (size_t)region) * (size_t)w->weeks + (size_t)week;
}
/* The sums of intensity of a home branch and a segment, days + 1 of them. */
static inline const double *ku_sim_world_cell(const world *w, int at, int segment)
{
    return w->orders + ((size_t)at * SEGMENTS + (size_t)segment) * ((size_t)w->days + 1);
}
/* Sum of all media's lifts in a region and week. */
double ku_sim_world_media_lift(const world *w, int region, int week);
/* A stream of the simulation. */
ku_rng ku_sim_world_rng(const world *w, enum stream stream, uint64_t index);

#endif
