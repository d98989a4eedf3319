/* facts.c - the list of what is simulated: file, columns, writer. */
#include "simulate/facts_internal.h"

const char *const ku_sim_company_name = "Sunda Roasters";

const fact_file ku_sim_fact_files[FACT_FILES + 1] = {
    {"customer",
     "customer,type,segment,region,outlet,channel,since,contact_allowed,birth_year,gender,"
     "income_band,activity",
     ku_sim_write_customers, NULL, false},
    {"sale",
     "time,order_id,customer,product,product_group,channel,outlet,region,promotion,quantity,"
     "unit_price,amount,cost,discount",
     ku_sim_write_sales, NULL, true},
    {"touch", "time,customer,visitor,session,channel,touchpoint,campaign,event,value",
     ku_sim_write_touches, NULL, true},
    {"survey", "date,wave,respondent,customer,outlet,question,answer,weight", ku_sim_write_surveys,
     NULL, true},
    {"complaint",
     "time,complaint_id,customer,product,outlet,region,channel,topic,severity,text,settled,"
     "outcome,compensation",
     ku_sim_write_complaints, NULL, true},
    {"lead_stage", "time,lead,stage,owner,product,channel,region,value,probability,reason",
     ku_sim_write_leads, NULL, false},
    {"product", "product,name,product_group,brand,unit,list_price,unit_cost,launched,withdrawn",
     NULL, ku_sim_write_products, false},
    {"outlet", "outlet,name,type,region,city,opened,area", NULL, ku_sim_write_outlets, false},
    {"channel", "channel,name,role,kind,online", NULL, ku_sim_write_channels, false},
    {"campaign", "campaign,name,channel,objective,region,starts,ends,budget", NULL,
     ku_sim_write_campaigns, false},
    {"calendar", "date,event,region,value", NULL, ku_sim_write_calendar, false},
    {"spend", "date,channel,campaign,region,amount,impressions,clicks,reach,frequency", NULL,
     ku_sim_write_spend, false},
    {"price", "date,product,seller,price,regular_price,promotion,source", NULL, ku_sim_write_prices,
     false},
    {"market", "date,segment,region,seller,volume,value,source", NULL, ku_sim_write_market, true},
    {"mention", "time,mention_id,source,author,brand,topic,text,sentiment,rating,reach", NULL,
     ku_sim_write_mentions, false},
    {"check", "date,outlet,agent,visit,criterion,score,best_score,weight", NULL,
     ku_sim_write_checks, false},
    {"experiment", "experiment,channel,region,starts,ends,spend,effect,effect_error,outcome,method",
     NULL, ku_sim_write_experiments, true},
    {NULL, NULL, NULL, NULL, false},
};
