// Where a list of customers can come from: a table of the latest result of an analysis, what
// it is narrowed by, and which of its rows are of people who may be contacted.
import { m } from '../lib/messages.svelte';

export interface Source {
  name: string;
  title: () => string;
  analysis: string;
  table: string;
  /** Columns of texts it can be narrowed by. */
  by: string[];
  /** Columns shown, in this order. */
  show: string[];
  /** The money column that is summed. */
  money: string;
  sort: string;
  /** Rows that are on the list at all. */
  fixed: Record<string, string>;
  /** What it is narrowed to until one chooses otherwise. */
  usual?: Record<string, string>;
  /** Rows of people who may be contacted, where the table says so. */
  allowed?: { filter?: Record<string, string>; not?: Record<string, string> };
}

export const sources: Source[] = [
  {
    name: 'stay',
    title: () => m.lists.stay,
    analysis: 'customers.churn',
    table: 'customers',
    by: ['action', 'segment', 'region', 'channel', 'outlet'],
    show: ['customer', 'action', 'gain', 'at_stake', 'leave', 'worth', 'silent', 'pause', 'reasons', 'segment', 'region', 'channel'],
    money: 'gain',
    sort: '-gain',
    fixed: {},
    usual: { action: 'contact' },
    allowed: { filter: { contact: 'allowed' } },
  },
  {
    name: 'value',
    title: () => m.lists.value,
    analysis: 'customers.value',
    table: 'customers',
    by: ['segment', 'region', 'channel', 'cohort'],
    show: ['customer', 'segment', 'region', 'channel', 'cohort', 'value', 'alive', 'expected', 'spent', 'purchases', 'last_purchase', 'contact_allowed'],
    money: 'value',
    sort: '-value',
    fixed: {},
    allowed: { filter: { contact_allowed: 'true' } },
  },
  {
    name: 'segment',
    title: () => m.lists.segment,
    analysis: 'customers.segments',
    table: 'members',
    by: ['segment', 'region', 'channel', 'segment_before'],
    show: ['customer', 'segment', 'reason', 'spend', 'purchases', 'recency', 'region', 'channel', 'segment_before', 'contact_allowed'],
    money: 'spend',
    sort: '-spend',
    fixed: {},
    allowed: { filter: { contact_allowed: 'true' } },
  },
  {
    name: 'moved',
    title: () => m.lists.moved,
    analysis: 'customers.dynamics',
    table: 'movers',
    by: ['segment_from', 'segment_to'],
    show: ['customer', 'segment_from', 'segment_to', 'change', 'revenue_from', 'revenue_to', 'why', 'last_purchase', 'contact_allowed'],
    money: 'change',
    sort: 'change',
    fixed: {},
    allowed: { filter: { contact_allowed: 'true' } },
  },
  {
    name: 'next',
    title: () => m.lists.next,
    analysis: 'customers.basket',
    table: 'next',
    by: ['product'],
    show: ['customer', 'product', 'chance', 'worth', 'because', 'contact_allowed'],
    money: 'worth',
    sort: '-worth',
    fixed: { place: '1' },
    allowed: { filter: { contact_allowed: 'true' } },
  },
];
