/* words.c - what rules may speak of, and the values behind it. */
#include <math.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"

#define NUMBER(word, name, unit, label, about)                                                     \
    [WORD_##word] = {name, KU_RULE_NUMBER, unit, label, about}
#define TEXT(word, name, label, about) [WORD_##word] = {name, KU_RULE_TEXT, "", label, about}

const ku_rule_word segments_words[WORDS + 1] = {
    NUMBER(RECENCY, "recency", "days", "Last purchase", "days since the last purchase"),
    NUMBER(TENURE, "tenure", "days", "First purchase", "days since the first purchase"),
    NUMBER(PURCHASES, "purchases", "count", "Purchases", "days with a purchase, in the window"),
    NUMBER(PURCHASES_EVER, "purchases_ever", "count", "Purchases ever", "days with a purchase"),
    NUMBER(SPEND, "spend", "money", "Spend", "bought less sent back, in the window"),
    NUMBER(SPEND_EVER, "spend_ever", "money", "Spend ever", "bought less sent back"),
    NUMBER(SPEND_BEFORE, "spend_before", "money", "Spend before", "in the window before"),
    NUMBER(GROWTH, "growth", "change", "Growth of spend", "against the window before"),
    NUMBER(MARGIN, "margin", "money", "Margin", "what is left after cost, in the window"),
    NUMBER(MARGIN_SHARE, "margin_share", "share", "Margin of spend", "in the window"),
    NUMBER(AVERAGE_ORDER, "average_order", "money", "Average purchase", "spend of a purchase day"),
    NUMBER(GAP, "gap", "days", "Days between purchases", "on average, ever"),
    NUMBER(GAP_SPREAD, "gap_spread", "", "Unevenness of buying",
           "spread of the days between purchases against their mean; 0: like clockwork"),
    NUMBER(LATENESS, "lateness", "", "Lateness", "last purchase against the usual days between"),
    NUMBER(WEEKEND_SHARE, "weekend_share", "share", "Weekend share",
           "of purchases on Saturdays and Sundays"),
    NUMBER(PRODUCTS, "products", "count", "Different products", "in the window"),
    NUMBER(PRODUCT_GROUPS, "product_groups", "count", "Different product groups", "in the window"),
    NUMBER(CHANNELS, "channels", "count", "Channels used", "in the window"),
    NUMBER(CHANNEL_SHARE, "channel_share", "share", "Share of main channel", "of purchases"),
    NUMBER(RETURN_SHARE, "return_share", "share", "Sent back", "share of what was bought"),
    NUMBER(DISCOUNT_SHARE, "discount_share", "share", "Discount", "share of the list price"),
    NUMBER(AGE, "age", "", "Age", "in years"),
    NUMBER(R, "r", "score", "Recency score", "1 (long ago) to 5 (lately)"),
    NUMBER(F, "f", "score", "Frequency score", "1 (rarely) to 5 (often)"),
    NUMBER(M, "m", "score", "Money score", "1 (little) to 5 (much)"),
    [WORD_FIRST] = {"first", KU_RULE_DATE, "", "First day", "day of the first purchase"},
    [WORD_LAST] = {"last", KU_RULE_DATE, "", "Last day", "day of the last purchase"},
    [WORD_CONTACT_ALLOWED] = {"contact_allowed", KU_RULE_YES, "", "May be contacted",
                              "whether the customer agreed"},
    TEXT(CHANNEL, "channel", "Channel", "channel used most, in the window"),
    TEXT(PRODUCT_GROUP, "product_group", "Product group", "group with the most spend"),
    TEXT(REGION, "region", "Region", "region of the customer, else of the last purchase"),
    TEXT(CITY, "city", "City", "city of the customer"),
    TEXT(TYPE, "type", "Type", "person, company"),
    TEXT(GENDER, "gender", "Gender", "as given"),
    TEXT(INCOME_BAND, "income_band", "Income band", "as given"),
    TEXT(ACTIVITY, "activity", "Field of activity", "as given"),
    TEXT(SEGMENT, "segment", "Own segment", "segment the company itself puts the customer in"),
    TEXT(FIRST_CHANNEL, "first_channel", "First channel", "channel the customer was won through"),
    [WORDS] = {.name = NULL},
};

const ku_column *segments_column(const segments_people *people, const char *name)
{
    return ku_frame_column(people->frame, name);
}

double segments_value(const segments_people *people, const ku_column *column, size_t row)
{
    return ku_column_number(column, (int64_t)(people->from + row));
}

static void need_text(segmentation *s, segments_people *people, int word)
{
    const ku_column *column = segments_column(people, segments_words[word].name);
    int32_t *code = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *code);
    for (size_t i = 0; i < people->rows; i++) {
        int64_t row = (int64_t)(people->from + i);
        code[i] = ku_column_valid(column, row) ? column->as.codes[row] : -1;
    }
    people->column[word] = (ku_rule_column){NULL, code, &column->dictionary};
}

static void need_number(segmentation *s, segments_people *people, int word)
{
    const ku_column *column = segments_column(people, segments_words[word].name);
    double *number = ku_arena_alloc(s->arena, (people->rows + 1) * sizeof *number);
    for (size_t i = 0; i < people->rows; i++) number[i] = segments_value(people, column, i);
    people->column[word] = (ku_rule_column){.number = number};
}

void segments_need(segmentation *s, segments_people *people, const bool *words)
{
    for (int w = 0; w < WORDS; w++) {
        const ku_rule_column *c = &people->column[w];
        bool score = w == WORD_R || w == WORD_F || w == WORD_M;
        if (!words[w] || score || c->number != NULL || c->code != NULL) continue;
        if (segments_words[w].kind == KU_RULE_TEXT)
            need_text(s, people, w);
        else
            need_number(s, people, w);
    }
}
