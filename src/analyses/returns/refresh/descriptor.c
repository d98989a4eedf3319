/* descriptor.c - returns.refresh: what changed since the last media-mix model, and why. */
#include "analyses/returns/inputs.h"
#include "analyses/returns/refresh/refresh.h"

static const ku_column_spec setting_columns[] = {
    {"name", KU_TEXT, "", true, "Setting", "As on the command line, without the dashes: preset."},
    {"value", KU_TEXT, "", true, "Value", "What it was."},
    {.name = NULL},
};

#define BEFORE(table, about, its_columns)                                                          \
    {                                                                                              \
        .name = table "_before",                                                                   \
        .meaning = about " of the last model. Without a file: as the "                             \
                         "latest run of returns.mix had it.",                                      \
        .columns = its_columns, .optional = true, .result = "returns.mix/" table                   \
    }

static const ku_table_spec inputs[] = {
    KU_RETURNS_MEDIA,
    KU_RETURNS_OUTCOME,
    KU_RETURNS_CONTROLS,
    KU_RETURNS_EXPERIMENTS,
    KU_RETURNS_WIDE,
    {.name = "priors",
     .meaning = "What is believed now.",
     .columns = rmix_prior_columns,
     .optional = true},
    BEFORE("media", "Media", ku_returns_media_columns),
    BEFORE("outcome", "Outcome", ku_returns_outcome_columns),
    BEFORE("controls", "Controls", ku_returns_controls_columns),
    BEFORE("experiments", "Experiments", ku_returns_experiments_columns),
    {.name = "wide_before",
     .meaning = "The wide table of the last model. Without a file: as the latest run of "
                "returns.mix had it.",
     .columns = ku_returns_wide_columns,
     .optional = true,
     .further = "Columns as in the table wide.",
     .result = "returns.mix/wide"},
    BEFORE("priors", "Beliefs", rmix_prior_columns),
    {.name = "settings_before",
     .meaning = "Settings of the last model that were other than now.",
     .columns = setting_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_column_spec bridge_columns[] = {
    {"channel", KU_TEXT, "", true, "Channel", "Where the money goes."},
    {"step", KU_INT64, "", true, "Step", "Their order."},
    {"label", KU_TEXT, "", true, "Because of", "What was changed, one thing at a time."},
    {"change", KU_DOUBLE, "", true, "Change of return",
     "By how much the return per unit spent moved; first and last the return itself."},
    {"change_lo", KU_DOUBLE, "", true, "Change, low", "Lower end, 95 %: error of the calculation."},
    {"change_hi", KU_DOUBLE, "", true, "Change, high", "Upper end, 95 %."},
    {"roi", KU_DOUBLE, "", true, "Return per unit spent", "After this step."},
    {"roi_lo", KU_DOUBLE, "", true, "Return, low", "Lower end, 95 %."},
    {"roi_hi", KU_DOUBLE, "", true, "Return, high", "Upper end, 95 %."},
    {"note", KU_TEXT, "", false, "Note", "How to take it."},
    {.name = NULL},
};

static const ku_column_spec difference_columns[] = {
    {"kind", KU_TEXT, "", true, "Kind", "Which step it belongs to."},
    {"about", KU_TEXT, "", true, "What", "What is other."},
    {"before", KU_TEXT, "", true, "Before", "In the last model."},
    {"now", KU_TEXT, "", true, "Now", "In this one."},
    {"meaning", KU_TEXT, "", false, "Meaning", "In words."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "bridge",
     .meaning = "Each channel's return from the last model to this one.",
     .columns = bridge_columns},
    {.name = "differences", .meaning = "What is other.", .columns = difference_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "bridge",
     .title = "From the last return to this one",
     .kind = KU_VIEW_WATERFALL,
     .table = "bridge",
     .x = "label",
     .y = "change",
     .filter = "channel"},
    {.name = "differences",
     .title = "What is other",
     .kind = KU_VIEW_TABLE,
     .table = "differences"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Changes are made in a fixed order (restated data, new data, settings, beliefs); another order "
    "would share out what they do together otherwise, the whole stays the same.",
    "Until the last step returns are over the periods that both models know.",
    "The interval of a change is the error of the calculation; that of a return is what the data "
    "leave open.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed. Chapman & Hall.",
     "eq. (2.8): what new data may move a posterior mean by"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--chains", "2",   "--warmup", "200",
                                           "--draws",  "200", NULL};

static const ku_example_spec example = {
    .title = "A quarter later, with a week of spend corrected",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "The last model saw nine months and, by mistake, too much spend in the week of 26 May. "
        "The bridge shows for each channel how far the correction and the thirteen new weeks "
        "moved its return; settings and beliefs stayed and move nothing. What moves add up "
        "to the whole change.",
};

const ku_analysis ku_analysis_returns_refresh = {
    .id = "returns.refresh",
    .version = "1",
    .title = "What changed in returns",
    .area = "Return",
    .question = "Why are the returns other than last time?",
    .summary = "Fits the media-mix model again from the last one to the present one, changing one "
               "thing at a time: corrected old figures, new periods, settings, beliefs. What each "
               "channel's return moved by in each step adds up to the whole change.",
    .inputs = inputs,
    .params = rmix_params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = refresh_run,
};
