/* test_chains.c - R-hat, effective draws and errors of chains against ArviZ 0.23.4 (Python) on
 * draws that both sides make from the same small generator; and what cannot be said. */
#include "check.h"

#include "num/chains.h"

enum { MOST = 4 * 200 };
static const double tolerance = 1e-9; /* the references have 15 digits */

/* ---- the draws --------------------------------------------------------------------------------- */

static double toss(uint64_t *s)
{
    *s = (*s * 1103515245 + 12345) % 2147483648;
    return ((double)*s + 0.5) / 2147483648;
}

/* Chains of x = rho x + e, e the sum of 12 tosses less 6. */
static void autoregression(double *x, int chains, int draws, double rho, uint64_t seed)
{
    for (int c = 0; c < chains; c++) {
        uint64_t s = ((seed + (uint64_t)c) * 7919 + 13) % 2147483648;
        double v = 0;
        for (int i = 0; i < 5; i++) toss(&s);
        for (int i = 0; i < draws; i++) {
            double e = -6;
            for (int k = 0; k < 12; k++) e += toss(&s);
            v = rho * v + e;
            x[c * draws + i] = v;
        }
    }
}

typedef struct reference {
    const char *name;
    int chains, draws;
    double rho;
    uint64_t seed;
    double shift, stretch; /* of the chain in the middle */
    bool round;
    double first, last; /* the draws are those that the references belong to */
    double rhat, bulk, tail, mean_ess, mcse, mcse_tenth, tenth, mean, sd;
} reference;

/* az.rhat and az.ess (method rank, bulk, tail, mean), az.mcse (mean; quantile .1). */
static const reference references[] = {
    {"mixing", 4, 200, .3, 1, 0, 1, false, 0.122957803308964, 0.78753808055877, 1.0022243887098,
     442.738621200988, 644.116249043449, 440.033377692919, 0.0510680512987016, 0.0924992557112139,
     -1.37874705398569, -0.0035721443020474, 1.07125311067589},
    {"slow, odd number of draws", 3, 101, .9, 7, 0, 1, false, -0.235502634197474,
     -0.819526530386915, 1.0995129525496, 26.3453783260492, 39.7473295331072, 26.0051297287937,
     0.595697475830224, 1.21665362036522, -3.84035093614183, -0.144866252662051, 3.03777268123543},
    {"turning", 4, 150, -.5, 11, 0, 1, false, 0.525523740798235, -0.709676078431862,
     1.00130987470695, 1666.89075023019, 647.715905301767, 1666.89075023019, 0.0288139710058013,
     0.075158130742407, -1.6085703134426, -0.0410620925588248, 1.17640451636048},
    {"one chain elsewhere", 4, 200, .5, 21, 1.5, 1, false, -0.0719103217124939, 0.974610864524163,
     1.18511196243875, 17.1027933556499, 58.5899836625992, 17.1823382520245, 0.305966752854908,
     0.140829814649501, -1.25502952849604, 0.321101143540928, 1.2682806590733},
    {"one chain wider", 4, 200, .5, 31, 0, 4, false, -0.669344384223223, -1.11517767167202,
     1.1997155650723, 269.274944036948, 29.5629741228946, 241.829225409299, 0.153010877940326,
     0.922210596851589, -2.14297805436149, 0.0330886659083312, 2.37945063638858},
    {"equal draws", 2, 100, .2, 41, 0, 1, true, 1, -1, 1.01517439834924, 147.384800071506,
     166.92577423327, 146.031251146242, 0.08601812812808, 0.5, -1, -0.07, 1.03947222789395},
};

static void make(const reference *r, double *x)
{
    int odd = r->stretch > 1 ? 2 : 1;
    autoregression(x, r->chains, r->draws, r->rho, r->seed);
    for (int i = 0; i < r->draws && odd < r->chains; i++) {
        double *v = &x[odd * r->draws + i];
        *v = *v * r->stretch + r->shift;
    }
    for (int i = 0; r->round && i < r->chains * r->draws; i++) x[i] = nearbyint(x[i]);
}

static void agrees_with_arviz(void **state)
{
    (void)state;
    static double x[MOST], work[6 * MOST + 300];
    for (size_t k = 0; k < sizeof references / sizeof *references; k++) {
        const reference *r = &references[k];
        make(r, x);
        print_message("# %s\n", r->name);
        assert_true(ku_chains_room(r->chains, r->draws) <= sizeof work / sizeof *work);
        check_near("first draw", r->first, x[0], 1e-12);
        check_near("last draw", r->last, x[r->chains * r->draws - 1], 1e-12);
        ku_chains c = {r->chains, r->draws, x, (size_t)r->draws, 1};
        ku_chain_summary s = ku_chains_summarise(&c, work);
        check_near("mean", r->mean, s.mean, tolerance);
        check_near("sd", r->sd, s.sd, tolerance);
        check_near("R-hat", r->rhat, s.rhat, tolerance);
        check_near("bulk ESS", r->bulk, s.ess_bulk, tolerance);
        check_near("tail ESS", r->tail, s.ess_tail, tolerance);
        check_near("ESS of the mean", r->mean_ess, s.ess_mean, tolerance);
        check_near("MCSE of the mean", r->mcse, s.mcse_mean, tolerance);
        check_near("tenth", r->tenth, ku_chains_quantile(&c, 0.1, work), tolerance);
        check_near("MCSE of the tenth", r->mcse_tenth, ku_chains_mcse_quantile(&c, 0.1, work),
                   tolerance);
        check_near("R-hat alone", s.rhat, ku_chains_rhat(&c, work), 0);
        check_near("bulk ESS alone", s.ess_bulk, ku_chains_ess_bulk(&c, work), 0);
        check_near("tail ESS alone", s.ess_tail, ku_chains_ess_tail(&c, work), 0);
        check_near("ESS of the mean alone", s.ess_mean, ku_chains_ess_mean(&c, work), 0);
    }
}

static void strides_do_not_matter(void **state)
{
    (void)state;
    enum { UNKNOWNS = 3, CHAINS = 4, DRAWS = 150 };
    static double x[CHAINS * DRAWS], wide[CHAINS * DRAWS * UNKNOWNS], work[6 * MOST + 300];
    autoregression(x, CHAINS, DRAWS, 0.4, 5);
    for (int i = 0; i < CHAINS * DRAWS; i++)
        for (int k = 0; k < UNKNOWNS; k++) wide[i * UNKNOWNS + k] = k == 1 ? x[i] : NAN;
    ku_chains narrow = {CHAINS, DRAWS, x, DRAWS, 1};
    ku_chains among = {CHAINS, DRAWS, wide + 1, DRAWS * UNKNOWNS, UNKNOWNS};
    ku_chain_summary a = ku_chains_summarise(&narrow, work), b = ku_chains_summarise(&among, work);
    assert_memory_equal(&a, &b, sizeof a);
}

static void says_when_nothing_can_be_said(void **state)
{
    (void)state;
    double work[200], same[] = {2, 2, 2, 2, 2, 2, 2, 2}, few[] = {1, 2, 4};
    double hole[] = {1, 2, NAN, 4, 5, 6, 7, 8};
    ku_chains c = {2, 4, same, 4, 1};
    ku_chain_summary s = ku_chains_summarise(&c, work);
    assert_true(s.mean == 2 && s.sd == 0 && s.median == 2 && isnan(s.rhat) && isnan(s.ess_bulk));
    c.x = hole;
    s = ku_chains_summarise(&c, work);
    assert_true(isnan(s.mean) && isnan(s.rhat) && isnan(ku_chains_quantile(&c, 0.5, work)));
    c = (ku_chains){1, 3, few, 3, 1};
    s = ku_chains_summarise(&c, work);
    check_near("mean of three", 7.0 / 3, s.mean, 1e-15);
    assert_true(s.median == 2 && isnan(s.rhat) && isnan(ku_chains_ess_bulk(&c, work)));
}

static void energy(void **state)
{
    (void)state;
    static double x[200], pairs[400];
    autoregression(x, 1, 200, 0.9, 1);
    for (int i = 0; i < 200; i++) pairs[2 * i] = x[i], pairs[2 * i + 1] = -1;
    check_near("az.bfmi", 0.16998128, ku_energy_mixing(x, 200, 1), 1e-8);
    check_near("with a stride", 0.16998128, ku_energy_mixing(pairs, 200, 2), 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_arviz),
        cmocka_unit_test(strides_do_not_matter),
        cmocka_unit_test(says_when_nothing_can_be_said),
        cmocka_unit_test(energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
