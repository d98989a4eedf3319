// The pages of the area Customers: where they are, and the results they stand on.
// A page is one line of `pages`: the router, the sidebar and the palette all read it.
import type { Component } from 'svelte';
import { shownValue } from '../analysis/params';
import { query } from '../lib/api';
import { analysisOf } from '../lib/home.svelte';
import { m } from '../lib/messages.svelte';
import { latest } from '../lib/results';
import type { Run } from '../lib/types';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loader = () => Promise<{ default: Component<any> }>;

export interface CustomerPage {
  path: string;
  /** Its name in the sidebar; a page reached from others only has none. */
  title?: () => string;
  load: Loader;
  /** What the last part of the address is handed over as, where the page is about one thing. */
  about?: string;
  /** It stands where an analysis has its address; with ?run= or ?settings= that one opens. */
  before?: boolean;
}

export const pages: CustomerPage[] = [
  { path: '/customers', title: () => m.customers.nav, load: () => import('./HomePage.svelte') },
  { path: '/customers/list', load: () => import('./ListPage.svelte') },
  { path: '/customers/lists', title: () => m.lists.nav, load: () => import('./ListsPage.svelte') },
  { path: '/customers/customer', load: () => import('./CardPage.svelte'), about: 'customer' },
  { path: '/customers/segments', before: true, load: () => import('./SegmentsPage.svelte') },
  { path: '/customers/cohorts', before: true, load: () => import('./CohortsPage.svelte') },
];

/** The page an address means, and what it is about. Analyses have addresses below /customers
 *  too: a page called like one stands before it. */
export function pageAt(parts: string[], toAnalysis: boolean): { page: CustomerPage; props: Record<string, string> } | null {
  for (const page of pages) {
    const own = page.path.split('/').filter(Boolean);
    const rest = parts.slice(own.length);
    if (!own.every((part, i) => part === parts[i]) || rest.length !== (page.about ? 1 : 0)) continue;
    if (page.before && toAnalysis) continue;
    return { page, props: page.about ? { [page.about]: rest[0] ?? '' } : {} };
  }
  return null;
}

export const cardPath = (customer: string) => `/customers/customer/${encodeURIComponent(customer)}`;

/** The customers behind a number: those of a run's table whose columns have these values. */
export const listPath = (picks: Record<string, string> = {}, how: { run?: string; table?: string; sort?: string } = {}) =>
  `/customers/list${query({ ...how, ...Object.fromEntries(Object.entries(picks).map(([column, value]) => [`is.${column}`, value])) })}`;

/** Which customers of customers.value a group of its table "equity" holds; null where the
 *  group is not one of these customers (contracts). */
export function behind(kind: string, group: string): Record<string, string> | null {
  if (kind === 'contact') return { contact_allowed: String(!group.includes(' not ')) };
  return ['segment', 'channel', 'region', 'cohort'].includes(kind) ? { [kind]: group } : null;
}

/** The latest finished run of each analysis asked for; null where there is none. */
export async function latestOf<Name extends string>(...names: Name[]): Promise<Record<Name, Run | null>> {
  const runs = await Promise.all(names.map((name) => (analysisOf(`customers.${name}`) ? latest(`customers.${name}`).catch(() => null) : null)));
  return Object.fromEntries(names.map((name, i) => [name, runs[i] ?? null])) as Record<Name, Run | null>;
}

/** In what a run counts money, as its settings say it: margin or revenue. */
export function measureOf(run: Run): string {
  const param = analysisOf(run.analysis)?.params.find((p) => p.name === 'measure');
  return param ? m.customers.chip(param.label, shownValue(param, run.params.measure)) : '';
}
