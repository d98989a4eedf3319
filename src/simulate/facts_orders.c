/* facts_orders.c - rows of sale lines. */
#include "simulate/facts_internal.h"

static char *put_promotion(char *p, const line *l, const order *o)
{
    if (l->cut > 0) {
        p = put_bytes(p, "Offer ", 6) - 1;
        p = put_digits(p, l->cut, 1);
        return put_bytes(p, "%", 1);
    }
    return o->flags & ORDER_VOUCHER ? put_bytes(p, "Voucher", 7) : put_none(p);
}

static char *put_order(char *p, const block *b, const order *o)
{
    p = put_mark(p, o->flags & ORDER_RETURN ? 'R' : 'A', (uint64_t)b->index * 1000000 + o->number,
                 10);
    if (o->flags & ORDER_ANONYMOUS) return put_none(p);
    return put_mark(p, 'C', (uint64_t)b->first + o->buyer + 1, 8);
}

void ku_sim_write_sales(block *b, rows *out)
{
    const world *w = b->world;
    for (size_t i = 0; i < b->line_count; i++) {
        const line *l = &b->lines[b->rank[i]];
        const order *o = &b->orders[l->order];
        const outlet *at = &w->outlet[o->outlet];
        char *p = rows_begin(out);
        p = put_time(p, w->date[l->second / 86400], l->second % 86400);
        p = put_order(p, b, o);
        p = put_bytes(p, w->product[l->product].id, 4);
        p = put_text(p, ku_sim_world_groups[l->product / GROUP_PRODUCTS].name);
        p = put_text(p, ku_sim_world_channels[o->channel].id);
        p = o->channel == CHANNEL_SHOP ? put_bytes(p, at->id, 4) : put_none(p);
        p = put_text(p, ku_sim_world_regions[at->region].name);
        p = put_promotion(p, l, o);
        p = put_int(p, l->quantity);
        p = put_cents(p, l->price);
        p = put_cents(p, (int64_t)l->price * l->quantity);
        p = put_cents(p, (int64_t)l->cost * l->quantity);
        p = put_cents(p, (int64_t)(l->list - l->price) * l->quantity);
        rows_end(out, p);
    }
}
