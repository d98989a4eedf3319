// How a result is laid out. Any analysis gets a sensible page from its views alone; the
// pages people open every morning name their views here. A name that is not among the
// views is passed over, and views named nowhere follow at the end.
import type { Analysis, View } from '../lib/types';

export interface Section {
  title?: string;
  /** Views side by side: each inner list is one row. */
  rows: string[][];
  /** One picker above the section, for all its views with this filter column. */
  filter?: string;
}

export interface Layout {
  /** Facts without which there is nothing to show. */
  needs: string[];
  /** Runs with the usual settings when there is data and no result yet. */
  runsItself: boolean;
  sections: Section[];
}

const layouts: Record<string, Layout> = {};

export const layoutOf = (id: string): Layout | null => layouts[id] ?? null;

export interface Placed {
  title: string;
  filter: string | null;
  rows: View[][];
}

const wide = (view: View) => ['line', 'table', 'figures', 'heatmap'].includes(view.kind);

function byKind(views: View[]): View[][] {
  const figures = views.filter((v) => v.kind === 'figures').map((v) => [v]);
  const rows: View[][] = [];
  let half: View[] = [];
  for (const view of views.filter((v) => v.kind !== 'figures' && v.kind !== 'table')) {
    if (wide(view)) {
      if (half.length) rows.push(half);
      half = [];
      rows.push([view]);
    } else {
      half.push(view);
      if (half.length === 2) {
        rows.push(half);
        half = [];
      }
    }
  }
  if (half.length) rows.push(half);
  return [...figures, ...rows, ...views.filter((v) => v.kind === 'table').map((v) => [v])];
}

/** The views of an analysis in sections and rows. */
export function place(analysis: Analysis): Placed[] {
  const layout = layoutOf(analysis.id);
  const left = new Map(analysis.views.map((v) => [v.name, v]));
  const placed: Placed[] = [];
  for (const section of layout?.sections ?? []) {
    const rows = section.rows
      .map((names) => names.flatMap((name) => left.get(name) ?? []))
      .filter((row) => row.length > 0);
    for (const view of rows.flat()) left.delete(view.name);
    if (rows.length) placed.push({ title: section.title ?? '', filter: section.filter ?? null, rows });
  }
  const rest = byKind([...left.values()]);
  if (rest.length) placed.push({ title: '', filter: null, rows: rest });
  return placed;
}
