/* facts.c - the list of what is simulated: file, columns, writer. */
#include "simulate/facts_internal.h"

const char *const company_name = "Sunda Roasters";

const fact_file fact_files[FACT_FILES + 1] = {
    {"customer", "customer,type,segment,region,outlet,channel,since,contact_allowed",
     write_customers, NULL, false},
    {"sale",
     "time,order_id,customer,product,product_group,channel,outlet,region,promotion,quantity,"
     "unit_price,amount,cost,discount",
     write_sales, NULL, true},
    {"touch", "time,customer,visitor,session,channel,touchpoint,campaign,event,value",
     write_touches, NULL, true},
    {"survey", "date,wave,respondent,customer,outlet,question,answer,weight", write_surveys,
     NULL, true},
    {"complaint",
     "time,complaint_id,customer,product,outlet,region,channel,topic,severity,text,settled,"
     "outcome,compensation",
     write_complaints, NULL, true},
    {"lead_stage",
     "time,lead,stage,owner,product,channel,region,value,probability,reason", write_leads, NULL,
     false},
    {"product", "product,name,product_group,brand,unit,list_price,unit_cost,launched,withdrawn",
     NULL, write_products, false},
    {"outlet", "outlet,name,type,region,city,opened,area", NULL, write_outlets, false},
    {"channel", "channel,name,role,kind,online", NULL, write_channels, false},
    {"campaign", "campaign,name,channel,objective,region,starts,ends,budget", NULL,
     write_campaigns, false},
    {"calendar", "date,event,region,value", NULL, write_calendar, false},
    {"spend", "date,channel,campaign,region,amount,impressions,clicks,reach,frequency", NULL,
     write_spend, false},
    {"price", "date,product,seller,price,regular_price,promotion,source", NULL, write_prices,
     false},
    {"market", "date,segment,region,seller,volume,value,source", NULL, write_market, true},
    {"mention", "time,mention_id,source,author,brand,topic,text,sentiment,rating,reach", NULL,
     write_mentions, false},
    {"check", "date,outlet,agent,visit,criterion,score,best_score,weight", NULL, write_checks,
     false},
    {NULL, NULL, NULL, NULL, false},
};
