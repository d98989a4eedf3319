// How a result is laid out. Any analysis gets a sensible page from its views alone; the
// pages people open every morning name their views here. A name that is not among the
// views is passed over, and views named nowhere follow at the end.
import { isNumber } from '../lib/format';
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
  /** Columns that everyone reads, by view, in this order; the others stand in the download,
   *  and of a picked row they are folded away. */
  plain?: Record<string, string[]>;
}

const demand = { needs: ['sale'], runsItself: true };

const layouts: Record<string, Layout> = {
  'sales.overview': {
    needs: ['sale'],
    runsItself: true,
    spans: { table: 'windows', label: 'window', from: 'first_day', to: 'last_day' },
    sections: [{ rows: [['figures'], ['revenue'], ['drivers', 'buyers'], ['members*'], ['pareto', 'windows']] }],
  },
  'demand.forecast': {
    ...demand,
    sections: [{ filter: 'series', rows: [['course'], ['forecast', 'models?'], ['scenarios'], ['effects']] }, { rows: [['models']] }],
    plain: {
      models: ['series', 'model', 'ahead', 'change', 'smape', 'why', 'remark'],
    },
  },
  'demand.backtest': {
    ...demand,
    sections: [
      { rows: [['exceptions'], ['skill', 'coverage']] },
      { filter: 'series', rows: [['course'], ['series']] },
      { rows: [['methods']] },
    ],
    plain: {
      methods: ['method', 'series', 'forecasts', 'smape', 'bias', 'inside80', 'inside95', 'skill', 'cost'],
      series: ['method', 'model', 'mae', 'smape', 'inside95', 'skill', 'cost'],
    },
  },
  'demand.hierarchy': {
    ...demand,
    sections: [{ filter: 'node', rows: [['course'], ['forecast']] }, { rows: [['levels'], ['nodes']] }],
    plain: { forecast: ['date', 'mean', 'lo80', 'hi80', 'lo95', 'hi95', 'base'] },
  },
  'demand.launch': {
    ...demand,
    sections: [{ rows: [['figures'], ['course'], ['total'], ['analogues'], ['replaced']] }],
    plain: { analogues: ['product', 'weight', 'launched', 'periods', 'size', 'why'] },
  },
  'demand.explain': {
    ...demand,
    sections: [{ filter: 'series', rows: [['summary'], ['parts'], ['effects'], ['changes']] }],
  },
  'demand.effective': {
    needs: [],
    runsItself: false,
    sections: [{ rows: [['figures']] }, { filter: 'product', rows: [['steps'], ['levers'], ['demand']] }],
    plain: { demand: ['segment', 'people', 'interested', 'able', 'units', 'lo95', 'hi95', 'money'] },
  },
  'demand.vintages': {
    needs: ['forecast'],
    runsItself: true,
    sections: [
      { rows: [['changes']] },
      { rows: [['steps'], ['value'], ['series'], ['overrides'], ['grades']] },
    ],
    plain: {
      changes: ['series', 'made_before', 'before', 'now', 'change', 'share', 'why'],
      series: ['who', 'over', 'periods', 'error_before', 'error_after', 'better', 'gain', 'money'],
      grades: ['date', 'made_at', 'mean', 'lo95', 'hi95', 'actual', 'error', 'grade'],
    },
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

/** The views of an analysis in sections and rows; those of tables that this run did not
 *  make (scenarios where none were asked for) are left out. */
export function place(analysis: Analysis, run: Run): Placed[] {
  const layout = layoutOf(analysis.id);
  const made = (view: View) => !run.outputs || run.outputs.some((t) => t.name === view.table);
  const left = new Map(analysis.views.filter(made).map((v) => [v.name, v]));
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

/** What people read of a view's table: the columns named in the layout, else those given. */
export function readable<C extends { name: string }>(id: string, view: string, columns: C[]): C[] {
  const names = layoutOf(id)?.plain?.[view];
  return names ? names.flatMap((name) => columns.find((c) => c.name === name) ?? []) : columns;
}

/* ---- units ------------------------------------------------------------------------------ */

const measured: Record<string, string> = { quantity: 'units', amount: 'money' };

/** Columns that are in what the series is measured in, units or money, wherever an analysis
 *  lets one choose between the two. */
const valued =
  /^(value|mean|fitted|base|reconciled|lo\d*|hi\d*|total(_lo|_hi)?|ahead(_lo|_hi)?|mae|rmse|error(_before|_after)?|actual|alone|net|size|before|now|change|level|trend_season|model|plan|override|model_value|difference)$/;

/** The unit of what an analysis measures, by its setting; "" where it has no such choice. */
export function measuredIn(analysis: Analysis, run: Run): string {
  const setting = String(run.params.measure ?? '');
  const offered = analysis.params.find((p) => p.name === 'measure')?.choices?.some((c) => c.value === setting);
  return offered ? (measured[setting] ?? '') : '';
}

/** The columns of a result with what the descriptor and the run's settings say of them:
 *  their meaning, and the unit where a setting decides it. */
export function enrich(analysis: Analysis, run: Run, table: string, columns: Column[]): Column[] {
  const specs = analysis.outputs.find((t) => t.name === table)?.columns ?? [];
  const unit = measuredIn(analysis, run);
  const name = analysis.params.find((p) => p.name === 'measure')?.choices?.find((c) => c.value === run.params.measure)?.label;
  const ownUnit = columns.some((c) => c.name === 'unit');
  return columns.map((column) => {
    const meaning = specs.find((s) => s.name === column.name)?.meaning ?? '';
    if (!unit || ownUnit || column.unit !== '' || !isNumber(column) || !valued.test(column.name)) return { ...column, meaning };
    return { ...column, meaning, unit, label: column.label === 'Value' && name ? name : column.label };
  });
}
