// The live effect of moving money: draws of what each channel brings at a few levels of spend,
// between which lines are drawn. All channels of one draw belong together, so sums and
// differences have honest ranges.
import { numberOf, type Row } from '../lib/results';

/** brings[draw][level] of one channel, at `factor` times what is spent now. */
export interface Lever {
  channel: string;
  spend: number; // as today, over the whole plan
  factors: number[];
  brings: number[][];
}

export interface Effect {
  mean: number;
  lo: number;
  hi: number;
}

/** The levers from rows of (channel, factor, draw, spend, outcome), in the order they come. */
export function leversOf(rows: Row[]): Lever[] {
  const found = new Map<string, Lever>();
  for (const row of rows) {
    const channel = String(row.channel);
    let lever = found.get(channel);
    if (!lever) found.set(channel, (lever = { channel, spend: numberOf(row, 'spend') ?? 0, factors: [], brings: [] }));
    const factor = numberOf(row, 'factor') ?? 0;
    if (!lever.factors.includes(factor)) lever.factors.push(factor);
    const draw = numberOf(row, 'draw') ?? 0;
    (lever.brings[draw] ??= [])[lever.factors.indexOf(factor)] = numberOf(row, 'outcome') ?? 0;
  }
  return [...found.values()];
}

/** What one draw of a channel brings at a factor: a line between the levels beside it. */
function at(lever: Lever, draw: number, factor: number): number {
  const { factors } = lever;
  const y = lever.brings[draw] ?? [];
  const last = factors.length - 1;
  let i = 0;
  while (i < last - 1 && factor > (factors[i + 1] ?? 0)) i++;
  const [x0, x1] = [factors[i] ?? 0, factors[i + 1] ?? 1];
  const [y0, y1] = [y[i] ?? 0, y[i + 1] ?? y[i] ?? 0];
  return y0 + ((factor - x0) / (x1 - x0 || 1)) * (y1 - y0);
}

const draws = (levers: Lever[]) => levers[0]?.brings.length ?? 0;

/** What all channels bring at these factors, draw by draw. */
export function outcomes(levers: Lever[], factor: (channel: string) => number): number[] {
  return Array.from({ length: draws(levers) }, (_, draw) => levers.reduce((sum, lever) => sum + at(lever, draw, factor(lever.channel)), 0));
}

export function effectOf(values: number[]): Effect {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (p: number) => {
    const place = p * (sorted.length - 1);
    const low = Math.floor(place);
    const [a, b] = [sorted[low] ?? 0, sorted[Math.min(low + 1, sorted.length - 1)] ?? 0];
    return a + (place - low) * (b - a);
  };
  return { mean: values.reduce((sum, v) => sum + v, 0) / (values.length || 1), lo: quantile(0.025), hi: quantile(0.975) };
}

export const spendOf = (levers: Lever[], factor: (channel: string) => number) => levers.reduce((sum, lever) => sum + lever.spend * factor(lever.channel), 0);
