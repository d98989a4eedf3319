/* trial.h - an experiment: who was drawn into which arm, what came of it, and what was known of
 * them before. Lives in the run's arena. */
#ifndef KU_CUSTOMERS_CHURN_TRIAL_H
#define KU_CUSTOMERS_CHURN_TRIAL_H

#include "analyses/customers/churn/churn.h"
#include "num/glm.h"

enum { TRIAL_ARMS = 8, TRIAL_OUTCOMES = 5, TRIAL_FEATURES = 64 };

typedef struct trial_outcome {
    const char *name, *title, *unit; /* "spend", "Spend", "money" */
    bool binary;
    double *y;
} trial_outcome;

typedef struct trial_feature {
    const char *name; /* "zip_code Rural" */
    bool two_values;  /* 0 and 1: has it or not */
    bool left_out;    /* differs between arms more than chance allows: looks measured after */
    double mean, deviation;
} trial_feature;

typedef struct trial {
    size_t rows;
    int64_t *row; /* in the frame */
    int arms;     /* arm 0 is the control */
    const char *arm_name[TRIAL_ARMS];
    int32_t *arm;
    double share[TRIAL_ARMS];
    int outcomes, main; /* main: the outcome decisions are made on */
    trial_outcome outcome[TRIAL_OUTCOMES];
    int features;
    trial_feature feature[TRIAL_FEATURES];
    double *x; /* rows x features, centred, in deviations */
    const ku_column *customer;
    double ours; /* share of the people who are customers of the sales */
} trial;

/* Reads the frame `trial`. KU_BAD_DATA in plain words where arms, control or outcomes are not
 * what an experiment needs. */
ku_status trial_read(const ku_frame *frame, const ku_params *params, ku_run_context *context,
                     trial *out, ku_error *err);

/* Everything about the experiment: `arms`, `effects`, `balance`, `uplift`, `qini`, `policy`,
 * `targets`. Where it was on customers of our own and whether they stayed was seen, the share
 * that a contact keeps replaces the one of `act`. */
ku_status churn_experiment(const ku_frame *frame, const ku_params *params, ku_run_context *context,
                           action *act, ku_frames *out, ku_error *err);

#endif
