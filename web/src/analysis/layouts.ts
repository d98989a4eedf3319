// How a result is laid out. Any analysis gets a sensible page from its views alone; the
// pages people open every morning name their views here. A name that is not among the
// views is passed over, and views named nowhere follow at the end.
import type { Analysis, Column, Run, View } from '../lib/types';

export interface Section {
  title?: string;
  /** Views side by side: each inner list is one row. "members*" stands for a card for
   *  each value of that view's filter column, "models?" for one row of that view's table:
   *  the row of what is picked in the section. */
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
  /** A table whose rows name spans of days: said in one line above the figures. */
  spans?: { table: string; label: string; from: string; to: string };
  /** Columns of a picked row that everyone reads; the others are folded away. */
  plain?: string[];
  /** Columns without a unit of their own get it from a setting: units or money. */
  unitBy?: { param: string; units: Record<string, string> };
}

const layouts: Record<string, Layout> = {
  'sales.overview': {
    needs: ['sale'],
    runsItself: true,
    spans: { table: 'windows', label: 'window', from: 'first_day', to: 'last_day' },
    sections: [{ rows: [['figures'], ['revenue'], ['drivers', 'buyers'], ['members*'], ['pareto', 'windows']] }],
  },
  'demand.forecast': {
    needs: ['sale'],
    runsItself: true,
    sections: [{ filter: 'series', rows: [['course'], ['forecast', 'models?']] }, { rows: [['models']] }],
    plain: ['model', 'smape', 'period', 'season', 'periods', 'remark'],
    unitBy: { param: 'measure', units: { quantity: 'units', amount: 'money' } },
  },
};

export const layoutOf = (id: string): Layout | null => layouts[id] ?? null;

export interface Slot {
  view: View;
  how: 'card' | 'spread' | 'row';
}

export interface Placed {
  title: string;
  filter: string | null;
  rows: Slot[][];
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
      .map((names) => names.flatMap((name) => slot(left, name)))
      .filter((row) => row.length > 0);
    for (const { view, how } of rows.flat()) if (how !== 'row') left.delete(view.name);
    if (rows.length) placed.push({ title: section.title ?? '', filter: section.filter ?? null, rows });
  }
  const rest = byKind([...left.values()]).map((row) => row.map((view): Slot => ({ view, how: 'card' })));
  if (rest.length) placed.push({ title: '', filter: null, rows: rest });
  return placed;
}

function slot(left: Map<string, View>, name: string): Slot[] {
  const view = left.get(name.replace(/[*?]$/, ''));
  if (!view) return [];
  if (name.endsWith('?')) return [{ view, how: 'row' }];
  return [{ view, how: name.endsWith('*') && view.filter ? 'spread' : 'card' }];
}

const valued = /^(value|mean|fitted|lo\d*|hi\d*)$/;

/** The columns of a result with what the descriptor and the run's settings say of them:
 *  their meaning, and the unit where a setting decides it. */
export function enrich(analysis: Analysis, run: Run, table: string, columns: Column[]): Column[] {
  const specs = analysis.outputs.find((t) => t.name === table)?.columns ?? [];
  const by = layouts[run.analysis]?.unitBy;
  const setting = String(by ? (run.params[by.param] ?? '') : '');
  const unit = by?.units[setting];
  const name = analysis.params.find((p) => p.name === by?.param)?.choices?.find((c) => c.value === setting)?.label;
  return columns.map((column) => {
    const meaning = specs.find((s) => s.name === column.name)?.meaning ?? '';
    if (!unit || column.unit !== '' || !valued.test(column.name)) return { ...column, meaning };
    return { ...column, meaning, unit, label: column.name === 'value' && name ? name : column.label };
  });
}
