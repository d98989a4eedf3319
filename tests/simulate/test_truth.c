/* test_truth.c - the files obey truth.json: simple estimates from the simulated files,
 * made by queries alone, come out where the truth says. Tolerances are about three to four
 * times the spread of each estimate over seven seeds at this size; they are named where they
 * are used. */
#include "simulated.h"

enum { CUSTOMERS = 100000 };

static int simulate(void **state)
{
    static simulated s;
    ku_error err = {0};
    simulated_place(&s);
    ku_company_options options = {.out = s.folder, .seed = 5, .customers = CUSTOMERS};
    check_ok(ku_simulate_company(&options, NULL, NULL, &s.report, &err), &err);
    simulated_load(&s);
    check_ok(ku_session_exec(s.session,
                             "CREATE TEMP TABLE orders AS SELECT order_id, min(time) AS time, "
                             "any_value(customer) AS customer, any_value(channel) AS channel, "
                             "any_value(region) AS region, sum(amount) AS amount "
                             "FROM f_sale WHERE quantity > 0 GROUP BY order_id",
                             NULL, 0, NULL, &err),
             &err);
    *state = &s;
    return 0;
}

static int forget(void **state)
{
    simulated_clear(*state);
    return 0;
}

static void weekdays_of_shops(void **state)
{
    const double tolerance = 0.04; /* of the mean day; a weekday has 150 days of 300 orders */
    simulated *s = *state;
    ku_frame *days = simulated_ask(
        s, "SELECT isodow(d)::BIGINT AS weekday, avg(n)::DOUBLE AS orders FROM (SELECT "
           "time::DATE AS d, count(*) AS n FROM orders WHERE channel = 'shop' AND time::DATE NOT "
           "IN (SELECT date FROM f_calendar WHERE event <> 'temperature') GROUP BY d) "
           "GROUP BY 1 ORDER BY 1");
    double sum = 0;
    for (int k = 0; k < 7; k++) sum += frame_number(days, 1, k);
    const json_t *channels = json_object_get(s->truth, "channels");
    const json_t *truth = json_object_get(truth_entry(channels, "channel", "shop"), "weekday");
    for (size_t k = 0; k < 7; k++)
        check_near("weekday index", json_number_value(json_array_get(truth, k)),
                   frame_number(days, 1, (int64_t)k) * 7 / sum, tolerance);
    ku_frame_free(days);
}

/* Cold drinks against care and spares, which have next to no season: January and July. */
static void season_of_a_group(void **state)
{
    const double tolerance = 0.30; /* weather, promotions, products that come and go */
    simulated *s = *state;
    ku_frame *months = simulated_ask(
        s, "SELECT month(time)::BIGINT AS m, (sum(CASE WHEN product_group = 'Cold drinks' "
           "THEN 1 ELSE 0 END) / sum(CASE WHEN product_group = 'Care and spares' THEN 1 ELSE 0 "
           "END))::DOUBLE AS odds FROM f_sale WHERE quantity > 0 AND month(time) IN (1, 7) "
           "AND year(time) < 2025 GROUP BY 1 ORDER BY 1"); /* in 2025 stock is out in summer */
    double found = log(frame_number(months, 1, 1) / frame_number(months, 1, 0));
    const json_t *truth = json_object_get(json_object_get(s->truth, "season"), "group_month");
    const json_t *cold = json_object_get(truth, "Cold drinks");
    const json_t *care = json_object_get(truth, "Care and spares");
    double wanted = log(json_number_value(json_array_get(cold, 6)) /
                        json_number_value(json_array_get(cold, 0))) -
                    log(json_number_value(json_array_get(care, 6)) /
                        json_number_value(json_array_get(care, 0)));
    check_near("log odds of July against January", wanted, found, tolerance);
    ku_frame_free(months);
}

/* Orders in the first four weeks after the first one, of all customers whose first four
 * weeks are seen and who stay at a branch of average quality or not: the rate is thinned
 * by leaving, E[survival] = (beta / (beta + t))^s, and by orders without a customer. */
static void purchase_rate(void **state)
{
    const double tolerance = 0.08; /* seasons of coming, branch quality in leaving */
    simulated *s = *state;
    double found = simulated_number(
        s, "SELECT count(o.order_id) / count(DISTINCT c.customer) / 28 FROM f_customer c LEFT "
           "JOIN orders o ON o.customer = c.customer AND o.time::DATE > c.since AND "
           "o.time::DATE <= c.since + 28 WHERE c.since >= (SELECT min(time)::DATE FROM orders) "
           "AND c.since < (SELECT max(time)::DATE FROM orders) - 28");
    double known = 1 - simulated_number(s, "SELECT avg(CASE WHEN customer IS NULL THEN 1 ELSE 0 "
                                           "END)::DOUBLE FROM orders");
    double r = TRUTH(s, "customers", "r"), alpha = TRUTH(s, "customers", "alpha_days");
    double shape = TRUTH(s, "customers", "s"), beta = TRUTH(s, "customers", "beta_days");
    double rate = 0;
    const json_t *segments = json_object_get(json_object_get(s->truth, "customers"), "segments");
    for (size_t k = 0; k < json_array_size(segments); k++) {
        const json_t *segment = json_array_get(segments, k);
        rate += json_number_value(json_object_get(segment, "share")) *
                json_number_value(json_object_get(segment, "rate"));
    }
    double alive = pow(beta / (beta + 14), shape);
    double wanted = r / alpha * rate * TRUTH(s, "customers", "mean_intensity") * alive * known;
    check_near("orders a day", 1, found / wanted, tolerance);
}

/* A promoted week of a product against its neighbours without promotion. */
static void promotion_uplift(void **state)
{
    const double tolerance = 0.20; /* relative, of the factor; some ten promoted weeks each */
    static const char *const groups[] = {"Coffee", "Chocolate", "Care and spares"};
    simulated *s = *state;
    ku_error err = {0};
    check_ok(ku_session_exec(
                 s->session,
                 "CREATE TEMP TABLE weeks AS SELECT product, date_trunc('week', date) AS week, "
                 "promotion, regular_price AS list, coalesce(n, 0) AS lines FROM f_price LEFT JOIN "
                 "(SELECT product, date_trunc('week', time) AS week, count(*) AS n FROM f_sale "
                 "WHERE quantity > 0 GROUP BY 1, 2) USING (product) WHERE seller IS NULL AND "
                 "date_trunc('week', date) = week",
                 NULL, 0, NULL, &err),
             &err);
    for (int k = 0; k < 3; k++) {
        char sql[1024];
        snprintf(sql, sizeof sql,
                 "SELECT sum(b.lines) / sum((a.lines + c.lines) / 2.0) FROM weeks a JOIN weeks b "
                 "ON b.product = a.product AND b.week = a.week + INTERVAL 7 DAY JOIN weeks c ON "
                 "c.product = a.product AND c.week = b.week + INTERVAL 7 DAY JOIN f_product q ON "
                 "q.product = a.product WHERE a.promotion IS NULL AND c.promotion IS NULL AND "
                 "b.promotion = 'Offer 20%%' AND a.list = b.list AND b.list = c.list AND "
                 "q.product_group = '%s'",
                 groups[k]);
        double found = simulated_number(s, sql);
        const json_t *group = truth_entry(json_object_get(s->truth, "groups"), "product_group",
                                          groups[k]);
        double wanted = 1 + json_number_value(
                                json_object_get(json_object_get(group, "promotion_uplift"), "20%"));
        check_near(groups[k], 1, found / wanted, tolerance);
    }
}

/* ---- media ------------------------------------------------------------------------------- */

enum { WEEKS_MAX = 200 };

/* Sum of lifts by week of a region from the spend file and the truth's parameters. */
static void lifts_from_spend(const simulated *s, const char *region, double lift[WEEKS_MAX],
                             int weeks)
{
    const json_t *media = json_object_get(s->truth, "media");
    double thousands = json_number_value(
                           json_object_get(json_object_get(media, "customers_by_region"), region)) /
                       1000;
    const json_t *channels = json_object_get(media, "channels");
    for (int t = 0; t < weeks; t++) lift[t] = 0;
    for (size_t m = 0; m < json_array_size(channels); m++) {
        const json_t *c = json_array_get(channels, m);
        const json_t *told = json_object_get(json_object_get(c, "lift_by_region_and_week"), region);
        double carry = json_number_value(json_object_get(c, "carry_over_per_week"));
        double shape = json_number_value(json_object_get(c, "hill_shape"));
        double half = json_number_value(json_object_get(c, "hill_half"));
        double most = json_number_value(json_object_get(c, "largest_lift"));
        char sql[512];
        snprintf(sql, sizeof sql,
                 "SELECT w::BIGINT, coalesce(sum(amount), 0)::DOUBLE FROM range(0, %d) r(w) LEFT "
                 "JOIN f_spend ON channel = '%s' AND region = '%s' AND datediff('day', DATE '%s', "
                 "date) // 7 = w GROUP BY 1 ORDER BY 1",
                 weeks, json_string_value(json_object_get(c, "channel")), region,
                 json_string_value(json_object_get(media, "first_week")));
        ku_frame *spend = simulated_ask(s, sql);
        double stock = 0;
        for (int t = 0; t < weeks; t++) {
            stock = frame_number(spend, 1, t) / thousands + carry * stock;
            double power = pow(stock, shape);
            double found = most * power / (pow(half, shape) + power);
            check_near("lift from the spend file",
                       json_number_value(json_array_get(told, (size_t)t)), found, 1e-8);
            lift[t] += found;
        }
        ku_frame_free(spend);
    }
}

/* Takes the means of regions and weeks out of a table (two-way fixed effects). */
static void take_means_out(double *table, int regions, int weeks)
{
    double all = 0, row[8] = {0}, column[WEEKS_MAX] = {0};
    for (int r = 0; r < regions; r++)
        for (int t = 0; t < weeks; t++) {
            row[r] += table[r * weeks + t] / weeks;
            column[t] += table[r * weeks + t] / regions;
            all += table[r * weeks + t] / regions / weeks;
        }
    for (int r = 0; r < regions; r++)
        for (int t = 0; t < weeks; t++) table[r * weeks + t] += all - row[r] - column[t];
}

/* Takes each region's own linear trend out of a table without row means. */
static void take_trends_out(double *table, int regions, int weeks)
{
    for (int r = 0; r < regions; r++) {
        double tt = 0, ty = 0, middle = (weeks - 1) / 2.0;
        for (int t = 0; t < weeks; t++) {
            tt += (t - middle) * (t - middle);
            ty += (t - middle) * table[r * weeks + t];
        }
        for (int t = 0; t < weeks; t++) table[r * weeks + t] -= (t - middle) * ty / tt;
    }
}

/* Orders of regions and weeks follow 1 + lift with elasticity one: regress logs with
 * effects of regions and weeks and a trend of each region. Regions with a branch in decline
 * or opened on the way are left out. */
static void media_lift_sales(void **state)
{
    const double tolerance = 0.40; /* of the slope */
    static const char *const regions[] = {"Berlin",    "Rhine-Ruhr", "Frankfurt",
                                          "Stuttgart", "Munich",     "Vienna"};
    enum { REGIONS_USED = 6, FIRST = 1 };
    simulated *s = *state;
    int weeks = (int)simulated_number(
        s, "SELECT count(DISTINCT date_trunc('week', time)) - 1 FROM orders");
    assert_true(weeks > 100 && weeks < WEEKS_MAX);
    static double x[REGIONS_USED * WEEKS_MAX], y[REGIONS_USED * WEEKS_MAX];
    int used = weeks - FIRST;
    for (int r = 0; r < REGIONS_USED; r++) {
        double lift[WEEKS_MAX];
        lifts_from_spend(s, regions[r], lift, weeks);
        char sql[256];
        snprintf(sql, sizeof sql,
                 "SELECT date_trunc('week', time) AS w, count(*)::DOUBLE FROM "
                 "orders WHERE region = '%s' GROUP BY 1 ORDER BY 1",
                 regions[r]);
        ku_frame *orders = simulated_ask(s, sql);
        for (int t = 0; t < used; t++) {
            x[r * used + t] = log(1 + lift[t + FIRST]);
            y[r * used + t] = log(frame_number(orders, 1, t + FIRST));
        }
        ku_frame_free(orders);
    }
    take_means_out(x, REGIONS_USED, used);
    take_means_out(y, REGIONS_USED, used);
    take_trends_out(x, REGIONS_USED, used);
    take_trends_out(y, REGIONS_USED, used);
    double xx = 0, xy = 0;
    for (int i = 0; i < REGIONS_USED * used; i++) {
        xx += x[i] * x[i];
        xy += x[i] * y[i];
    }
    check_near("slope of log orders on log(1 + lift)", 1, xy / xx, tolerance);
}

/* Contributions lie between nothing and spend's own share, and add up to what all media
 * together bring. */
static void media_contributions_are_plausible(void **state)
{
    simulated *s = *state;
    const json_t *channels = json_object_get(json_object_get(s->truth, "media"), "channels");
    double sum = 0, revenue = TRUTH(s, "realised", "revenue");
    for (size_t m = 0; m < json_array_size(channels); m++) {
        const json_t *c = json_array_get(channels, m);
        double contribution = json_number_value(json_object_get(c, "contribution"));
        double lift = json_number_value(json_object_get(c, "largest_lift"));
        assert_true(contribution > 0 && contribution < lift * revenue);
        assert_true(json_number_value(json_object_get(c, "marginal_return_on_spend")) <
                    1.3 * json_number_value(json_object_get(c, "return_on_spend")));
        sum += contribution;
    }
    assert_true(sum > 0.03 * revenue && sum < 0.25 * revenue);
    check_near("revenue", revenue, simulated_number(s, "SELECT sum(amount)::DOUBLE FROM f_sale"),
               1e-9);
}

/* What the company measured with the regions it left out, all years together, holds the true
 * return within three of its own errors, and is sharp enough to say something. */
static void experiments_hold_the_true_return(void **state)
{
    simulated *s = *state;
    const json_t *channels = json_object_get(json_object_get(s->truth, "media"), "channels");
    ku_frame *found = simulated_ask(
        s, "SELECT channel, sum(effect) / sum(spend), sqrt(sum(effect_error ** 2)) / sum(spend), "
           "count(*)::BIGINT FROM f_experiment GROUP BY channel ORDER BY channel");
    assert_int_equal(found->rows, 2);
    for (int64_t k = 0; k < 2; k++) {
        const char *channel = k == 0 ? "radio" : "video";
        const json_t *truth = truth_entry(channels, "channel", channel);
        double roi = json_number_value(json_object_get(truth, "return_on_spend"));
        double error = frame_number(found, 2, k);
        assert_int_equal(frame_number(found, 3, k), 3);
        check_near(channel, 0, (frame_number(found, 1, k) - roi) / error, 3);
        assert_true(error > 0.05 && error < 3);
    }
    ku_frame_free(found);
}

/* ---- journeys, branches, returns ------------------------------------------------------------ */

static void journeys_follow_the_chain(void **state)
{
    const double tolerance = 0.015; /* of a probability */
    simulated *s = *state;
    double rate = simulated_number(
        s, "SELECT sum(CASE WHEN event = 'purchase' THEN 1 ELSE 0 END) / count(DISTINCT visitor) "
           "FROM f_touch");
    check_near("conversion rate", TRUTH(s, "journeys", "conversion_rate"), rate, tolerance);
    ku_frame *next = simulated_ask(
        s, "WITH steps AS (SELECT channel, lead(CASE WHEN event = 'purchase' THEN 'bought' ELSE "
           "channel END) OVER (PARTITION BY visitor ORDER BY split_part(session, '-', 2)::INT, "
           "event = 'purchase') AS following, event FROM f_touch) SELECT avg(CASE WHEN following = "
           "'direct' THEN 1 ELSE 0 END)::DOUBLE, avg(CASE WHEN following = 'bought' THEN 1 ELSE 0 "
           "END)::DOUBLE FROM steps WHERE event <> 'purchase' AND channel = 'search'");
    const json_t *channels = json_object_get(json_object_get(s->truth, "journeys"), "channels");
    const json_t *search = truth_entry(channels, "channel", "search");
    double to_direct = json_number_value(json_array_get(json_object_get(search, "next"), 5));
    check_near("search to direct", to_direct, frame_number(next, 0, 0), tolerance);
    check_near("search to buying", json_number_value(json_object_get(search, "convert")),
               frame_number(next, 1, 0), tolerance);
    ku_frame_free(next);
}

static void correlate(const simulated *s, const char *sql, double least)
{
    ku_frame *rows = simulated_ask(s, sql);
    const json_t *branches = json_object_get(s->truth, "branches");
    double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    ku_arena *arena = ku_arena_new();
    for (int64_t i = 0; i < rows->rows; i++) {
        const char *outlet = ku_column_text(&rows->column[0], i, arena);
        const json_t *branch = truth_entry(branches, "outlet", outlet);
        double x = json_number_value(json_object_get(branch, "quality"));
        double y = frame_number(rows, 1, i);
        n++, sx += x, sy += y, sxx += x * x, syy += y * y, sxy += x * y;
    }
    double r = (n * sxy - sx * sy) / sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
    if (r < least) print_error("expected a correlation of at least %g, found %g\n", least, r);
    assert_true(r >= least);
    ku_arena_free(arena);
    ku_frame_free(rows);
}

static void branches_show_their_quality(void **state)
{
    correlate(*state,
              "SELECT outlet, avg(answer)::DOUBLE FROM f_survey WHERE question = 'speed' "
              "AND outlet IS NOT NULL GROUP BY 1",
              0.75);
    correlate(*state, "SELECT outlet, avg(score)::DOUBLE FROM f_check GROUP BY 1", 0.85);
}

static void returns_and_unknown_customers(void **state)
{
    const double tolerance = 0.01; /* of a share */
    simulated *s = *state;
    const json_t *channels = json_object_get(s->truth, "channels");
    const json_t *shop = truth_entry(channels, "channel", "shop");
    check_near("shop orders without a customer",
               json_number_value(json_object_get(shop, "no_customer_rate")),
               simulated_number(s, "SELECT avg(CASE WHEN customer IS NULL THEN 1 ELSE 0 "
                                   "END)::DOUBLE FROM orders WHERE channel = 'shop'"),
               tolerance);
    check_near("return lines", TRUTH(s, "realised", "return_lines"),
               simulated_number(s, "SELECT count(*)::DOUBLE FROM f_sale WHERE quantity < 0"), 0);
    check_near("lines add up", 0,
               simulated_number(s, "SELECT max(abs(amount - quantity * unit_price))::DOUBLE FROM "
                                   "f_sale"),
               0.005);
    check_near("every sale has a known product", 0,
               simulated_number(s, "SELECT count(*)::DOUBLE FROM f_sale WHERE product NOT IN "
                                   "(SELECT product FROM f_product)"),
               0);
    check_near("nobody buys before being won", 0,
               simulated_number(s, "SELECT count(*)::DOUBLE FROM f_sale JOIN f_customer USING "
                                   "(customer) WHERE time::DATE < since"),
               0);
}

static void the_profitable_segment_shifts(void **state)
{
    const double tolerance = 0.10; /* seasons of the two segments differ a little */
    simulated *s = *state;
    const json_t *segments = json_object_get(json_object_get(s->truth, "customers"), "segments");
    const json_t *shift = json_object_get(truth_entry(segments, "segment", "Connoisseurs"),
                                          "shift");
    char sql[1024];
    snprintf(
        sql, sizeof sql,
        "SELECT (sum(CASE WHEN late AND seg = 'Connoisseurs' THEN n END) / sum(CASE WHEN NOT "
        "late AND seg = 'Connoisseurs' THEN n END)) / (sum(CASE WHEN late AND seg = 'Everyday' "
        "THEN n END) / sum(CASE WHEN NOT late AND seg = 'Everyday' THEN n END)) FROM (SELECT "
        "c.segment AS seg, o.time >= DATE '%s' AS late, count(*) AS n FROM orders o JOIN "
        "f_customer c USING (customer) WHERE o.time >= DATE '%s' - 28 AND o.time < DATE '%s' "
        "+ 28 GROUP BY 1, 2)",
        json_string_value(json_object_get(shift, "date")),
        json_string_value(json_object_get(shift, "date")),
        json_string_value(json_object_get(shift, "date")));
    double before = 0, after = 0, years = 0.55 * 3; /* channels have grown until then */
    const json_t *segment = truth_entry(segments, "segment", "Connoisseurs");
    for (size_t k = 0; k < 4; k++) {
        const json_t *channel = json_array_get(json_object_get(s->truth, "channels"), k);
        double growth = json_number_value(json_object_get(channel, "log_growth_per_year"));
        double mix = json_number_value(json_array_get(json_object_get(segment, "channel_mix"), k)) *
                     exp(growth * years);
        before += mix;
        after += mix * json_number_value(json_array_get(json_object_get(shift, "channel_mix"), k));
    }
    double wanted = json_number_value(json_object_get(shift, "rate")) * after / before;
    check_near("orders after the shift", wanted, simulated_number(s, sql), tolerance);
}

static void people_are_as_their_segments(void **state)
{
    const double age = 0.03, share = 0.02; /* a median of whole years; 9,000 people */
    simulated *s = *state;
    const json_t *segments = json_object_get(json_object_get(s->truth, "customers"), "segments");
    ku_frame *found = simulated_ask(
        s, "SELECT segment, (2025 - median(birth_year))::DOUBLE AS age, avg(CASE gender WHEN "
           "'female' THEN 1 WHEN 'male' THEN 0 END)::DOUBLE AS women FROM f_customer WHERE type "
           "= 'person' GROUP BY segment ORDER BY segment");
    assert_int_equal(found->rows, 4);
    ku_arena *arena = ku_arena_new();
    for (int64_t row = 0; row < found->rows; row++) {
        const json_t *truth = truth_entry(segments, "segment",
                                          ku_column_text(&found->column[0], row, arena));
        check_near("median age", json_number_value(json_object_get(truth, "age_mean")) - 0.5,
                   frame_number(found, 1, row), age);
        check_near("share of women", json_number_value(json_object_get(truth, "women")),
                   frame_number(found, 2, row), share);
    }
    ku_arena_free(arena);
    ku_frame_free(found);
    check_near("birth years not known",
               json_number_value(json_object_get(
                   json_object_get(json_object_get(s->truth, "customers"), "unknown_share"),
                   "birth_year")),
               simulated_number(s, "SELECT avg(CASE WHEN birth_year IS NULL THEN 1 ELSE 0 "
                                   "END)::DOUBLE FROM f_customer WHERE type = 'person'"),
               0.01);
    double rich = simulated_number(s, "SELECT avg(unit_price * quantity)::DOUBLE FROM f_sale JOIN "
                                      "f_customer USING (customer) WHERE quantity > 0 AND "
                                      "income_band = 'high' AND segment = 'Everyday'");
    double poor = simulated_number(s, "SELECT avg(unit_price * quantity)::DOUBLE FROM f_sale JOIN "
                                      "f_customer USING (customer) WHERE quantity > 0 AND "
                                      "income_band = 'low' AND segment = 'Everyday'");
    assert_true(rich > 1.05 * poor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weekdays_of_shops),
        cmocka_unit_test(season_of_a_group),
        cmocka_unit_test(purchase_rate),
        cmocka_unit_test(promotion_uplift),
        cmocka_unit_test(media_lift_sales),
        cmocka_unit_test(media_contributions_are_plausible),
        cmocka_unit_test(experiments_hold_the_true_return),
        cmocka_unit_test(journeys_follow_the_chain),
        cmocka_unit_test(branches_show_their_quality),
        cmocka_unit_test(returns_and_unknown_customers),
        cmocka_unit_test(the_profitable_segment_shifts),
        cmocka_unit_test(people_are_as_their_segments),
    };
    return cmocka_run_group_tests(tests, simulate, forget);
}
