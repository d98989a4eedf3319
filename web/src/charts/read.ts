// Reads a view's rows into the roles a chart needs, whatever library draws them.
import type { Cell, Column, View } from '../lib/types';

export interface Roles {
  x: Column | null;
  y: Column | null;
  series: Column | null;
  unit: string;
}

export interface Point {
  x: Cell;
  y: number | null;
  series: string;
  lo: number | null;
  hi: number | null;
  loInner: number | null;
  hiInner: number | null;
  forecast: boolean;
  /** The kind column calls this row "today": where things stand on the curve. */
  today: boolean;
  /** The data reach over part of the period only (a column named "complete" says no). */
  incomplete: boolean;
}

export interface Reading {
  roles: Roles;
  points: Point[];
  names: string[];
}

const numeric = (value: Cell | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const isForecast = (value: Cell | undefined) => /forecast|future|predict|expected/i.test(String(value ?? ''));

export function read(view: View, columns: Column[], rows: Cell[][]): Reading {
  const at = (name: string | null | undefined) => (name ? columns.findIndex((c) => c.name === name) : -1);
  const where = {
    x: at(view.x),
    y: at(view.y),
    series: at(view.series),
    lo: at(view.lo),
    hi: at(view.hi),
    loInner: at(view.lo_inner),
    hiInner: at(view.hi_inner),
    kind: at(view.kind_column),
    complete: columns.findIndex((c) => c.name === 'complete' && c.type === 'bool'),
  };
  const points = rows.map((row): Point => ({
    x: row[where.x] ?? null,
    y: numeric(row[where.y]),
    series: where.series < 0 ? '' : String(row[where.series] ?? ''),
    lo: numeric(row[where.lo]),
    hi: numeric(row[where.hi]),
    loInner: numeric(row[where.loInner]),
    hiInner: numeric(row[where.hiInner]),
    forecast: where.kind >= 0 && isForecast(row[where.kind]),
    today: where.kind >= 0 && row[where.kind] === 'today',
    incomplete: where.complete >= 0 && row[where.complete] === false,
  }));
  const roles: Roles = {
    x: columns[where.x] ?? null,
    y: columns[where.y] ?? null,
    series: columns[where.series] ?? null,
    unit: columns[where.y]?.unit ?? '',
  };
  return { roles, points, names: [...new Set(points.map((p) => p.series))] };
}

export const drawable = (reading: Reading) => reading.points.some((p) => p.y !== null || p.lo !== null);

/** The steps of a waterfall: first and last rows are totals, those between are changes. */
export interface Step {
  label: string;
  from: number;
  to: number;
  value: number;
  total: boolean;
}

export function steps(reading: Reading): Step[] {
  const known = reading.points.filter((p) => p.y !== null);
  let level = 0;
  return known.map((point, i) => {
    const value = point.y ?? 0;
    const total = i === 0 || i === known.length - 1;
    const from = total ? 0 : level;
    level = total ? value : level + value;
    return { label: String(point.x ?? ''), from, to: level, value, total };
  });
}
