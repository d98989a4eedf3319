// What the pages of customers share: the addresses of what stands behind a number, and the
// results they read.
import { shownValue } from '../analysis/params';
import { exactly, query } from '../lib/api';
import { analysisOf } from '../lib/home.svelte';
import { m } from '../lib/messages.svelte';
import { latest } from '../lib/results';
import type { Run } from '../lib/types';

export const cardPath = (customer: string) => `/customers/customer/${encodeURIComponent(customer)}`;

/** The customers behind a number: those of a run's table whose columns have these values. */
export const listPath = (picks: Record<string, string> = {}, how: { run?: string; table?: string; sort?: string } = {}, not: Record<string, string[]> = {}) =>
  `/customers/list${query({ ...how, ...exactly('is', picks), ...exactly('not', not) })}`;

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
