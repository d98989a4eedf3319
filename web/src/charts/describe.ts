// A chart in a sentence, for those who do not see it.
import { amount, cell } from '../lib/format';
import { m } from '../lib/messages.svelte';
import type { View } from '../lib/types';
import { steps, type Reading } from './read';

export function describe(view: View, reading: Reading): string {
  const { roles, points } = reading;
  const known = points.filter((p) => p.y !== null);
  const first = known[0];
  const last = known[known.length - 1];
  if (!first || !last || !roles.x) return view.title;
  const x = roles.x;
  const value = (y: number | null) => (y === null ? m.value.none : amount(y, roles.unit));
  switch (view.kind) {
    case 'line':
      return m.chart.lineOf(view.title, cell(first.x, x), cell(last.x, x), value(last.y));
    case 'bar': {
      const top = known.reduce((best, p) => ((p.y ?? 0) > (best.y ?? 0) ? p : best), first);
      return m.chart.barOf(view.title, known.length, cell(top.x, x), value(top.y));
    }
    case 'waterfall':
      return m.chart.waterfallOf(view.title, steps(reading).map((s) => `${s.label} ${amount(s.value, roles.unit)}`).join(', '));
    case 'pareto':
      return m.chart.paretoOf(view.title, paretoReading(reading));
    case 'heatmap':
      return m.chart.heatmapOf(view.title, reading.names.length, new Set(points.map((p) => p.x)).size);
    default:
      return view.title;
  }
}

/** "The top 20% bring 77%". */
export function paretoReading(reading: Reading): string {
  const near = paretoPoint(reading);
  if (!near) return '';
  const unit = reading.roles.x?.unit || 'share';
  return m.chart.paretoReading(amount(near.x, unit, { compact: true }), amount(near.y, reading.roles.unit, { compact: true }));
}

export function paretoPoint(reading: Reading): { x: number; y: number } | null {
  let best: { x: number; y: number } | null = null;
  for (const p of reading.points) {
    if (typeof p.x !== 'number' || p.y === null) continue;
    if (!best || Math.abs(p.x - 0.2) < Math.abs(best.x - 0.2)) best = { x: p.x, y: p.y };
  }
  return best;
}
