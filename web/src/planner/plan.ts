// What the planner's page reads and writes: the products of a forecast, the course of one of
// them, what was missed so far, and the numbers people put in a forecast's place.
import { get, post, query, watch } from '../lib/api';
import { m } from '../lib/messages.svelte';
import { named, numberOf, type Row } from '../lib/results';
import type { ImportBatch, TablePage } from '../lib/types';

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
