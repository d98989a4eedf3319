// What the planner's page reads and writes: the products of a forecast, the course of one of
// them, what was missed so far, and the numbers people put in a forecast's place.
import { get, post, query, tablePath, watch } from '../lib/api';
import { m } from '../lib/messages.svelte';
import type { Cell, Column, ImportBatch, Page, Run, TablePage } from '../lib/types';

export type Row = Record<string, Cell>;

export interface Listing {
  columns: Column[];
  rows: Row[];
  total: number;
  next: string | null;
}

export const named = (columns: Column[], row: Cell[]): Row => Object.fromEntries(columns.map((c, i) => [c.name, row[i] ?? null]));

export const numberOf = (row: Row | null | undefined, name: string): number | null => {
  const value = row?.[name];
  return typeof value === 'number' ? value : null;
};

export async function listing(
  run: string,
  table: string,
  how: { sort?: string; cursor?: string | null; limit?: number; search?: string; filter?: Record<string, string> } = {},
): Promise<Listing> {
  const { sort, cursor, limit = 60, search, filter = {} } = how;
  const filters = Object.fromEntries(Object.entries(filter).map(([column, value]) => [`filter.${column}`, value]));
  const page = await get<TablePage>(tablePath(run, table) + query({ limit, cursor, sort, 'search.series': search, ...filters }));
  return { columns: page.columns, rows: page.rows.map((row) => named(page.columns, row)), total: page.total, next: page.next };
}

/** The latest finished run of an analysis whose settings are these. */
export async function latest(analysis: string, settings: Row): Promise<Run | null> {
  const runs = (await get<Page<Run>>(`/runs${query({ analysis, limit: 100 })}`)).items;
  const fits = (run: Run) => Object.entries(settings).every(([name, value]) => String(run.params[name] ?? '') === String(value));
  return runs.find((run) => run.state === 'done' && fits(run)) ?? null;
}

export const hasTable = (run: Run | null, table: string) => (run?.outputs ?? []).some((t) => t.name === table && t.rows > 0);

/* ---- numbers of people ------------------------------------------------------------- */

export interface Override {
  made_at: string;
  date: string;
  value: number;
  reason: string;
  person: string;
  model_value: number | null;
}

/** The overrides of a series, the latest first. */
export async function overridesOf(series: string): Promise<Override[]> {
  const page = await get<TablePage>(`/facts/forecast_override/rows${query({ limit: 1000, 'filter.series': series })}`);
  return page.rows.map((cells): Override => {
    const row = named(page.columns, cells);
    return {
      made_at: String(row.made_at),
      date: String(row.date),
      value: numberOf(row, 'value') ?? 0,
      reason: String(row.reason ?? ''),
      person: String(row.person ?? ''),
      model_value: numberOf(row, 'model_value'),
    };
  });
}

/** The one that holds for each period: the latest. */
export function holding(overrides: Override[]): Map<string, Override> {
  const found = new Map<string, Override>();
  for (const o of overrides) if (!found.has(o.date)) found.set(o.date, o);
  return found;
}

const ended = (batch: ImportBatch) => ['done', 'failed', 'cancelled'].includes(batch.state);

function finished(batch: ImportBatch): Promise<ImportBatch> {
  if (ended(batch)) return Promise.resolve(batch);
  return new Promise((resolve) => {
    watch<ImportBatch>(`/imports/${encodeURIComponent(batch.id)}`, 'import', (now) => ended(now) && resolve(now), ended);
  });
}

async function imported(path: string, body: unknown): Promise<ImportBatch> {
  const batch = await finished(await post<ImportBatch>(path, body));
  if (batch.state !== 'done') throw new Error(batch.failure?.message ?? m.planner.notSaved);
  return batch;
}

/** Puts the numbers into the bank; the id of the batch, by which it can be taken back. */
export async function saveOverrides(rows: Row[]): Promise<string> {
  const batch = await imported('/facts/forecast_override/rows', { rows });
  return batch.batch ?? batch.id;
}

/** Keeps the forecast of a run, so that later ones and the actual values can be held against it. */
export async function keepForecast(run: string): Promise<ImportBatch> {
  return imported(`/runs/${encodeURIComponent(run)}/tables/forecast/keep`, { fact: 'forecast' });
}
