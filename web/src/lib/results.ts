// What pages of several analyses read: the latest run of one, and its tables row by row,
// searched, sorted and paged by the server.
import { exactly, get, prefixed, query, tablePath, type Shown } from './api';
import type { Cell, Column, Page, Run, TablePage } from './types';

export type Row = Record<string, Cell>;

export interface Listing {
  columns: Column[];
  rows: Row[];
  total: number;
  next: string | null;
}

export interface How extends Shown {
  cursor?: string | null;
  limit?: number;
}

export const named = (columns: Column[], row: Cell[]): Row => Object.fromEntries(columns.map((c, i) => [c.name, row[i] ?? null]));

export const numberOf = (row: Row | null | undefined, name: string): number | null => {
  const value = row?.[name];
  return typeof value === 'number' ? value : null;
};

export async function listing(run: string, table: string, how: How = {}): Promise<Listing> {
  const { sort, cursor, limit = 60, search = {}, filter = {}, not = {} } = how;
  const page = await get<TablePage>(tablePath(run, table) + query({ limit, cursor, sort, ...prefixed('search', search), ...exactly('filter', filter), ...exactly('not', not) }));
  return { columns: page.columns, rows: page.rows.map((row) => named(page.columns, row)), total: page.total, next: page.next };
}

/** The latest finished run of an analysis whose settings are these. */
export async function latest(analysis: string, settings: Row = {}): Promise<Run | null> {
  const runs = (await get<Page<Run>>(`/runs${query({ analysis, limit: 100 })}`)).items;
  const fits = (run: Run) => Object.entries(settings).every(([name, value]) => String(run.params[name] ?? '') === String(value));
  return runs.find((run) => run.state === 'done' && fits(run)) ?? null;
}

export const hasTable = (run: Run | null, table: string) => (run?.outputs ?? []).some((t) => t.name === table && t.rows > 0);
