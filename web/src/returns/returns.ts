// What the pages of return share: the tables of the media-mix model as rows, and the words for
// its verdicts.
import { tableRows } from '../lib/api';
import { amount } from '../lib/format';
import { m } from '../lib/messages.svelte';
import { named, numberOf, type Row } from '../lib/results';

export const mix = 'returns.mix';

export async function rowsOf(run: string, table: string, most = 2000): Promise<Row[]> {
  const found = await tableRows(run, table, {}, most);
  return found.rows.map((row) => named(found.columns, row));
}

export const figure = (row: Row | null | undefined, column: string, unit: string) => {
  const value = numberOf(row, column);
  return value === null ? m.value.none : amount(value, unit);
};

/** "1.20 to 2.10", or "" where the interval is not known. */
export const span = (row: Row | null | undefined, column: string, unit: string) => {
  const [lo, hi] = [numberOf(row, `${column}_lo`), numberOf(row, `${column}_hi`)];
  return lo === null || hi === null ? '' : m.chart.range(amount(lo, unit), amount(hi, unit));
};

/** How a verdict of the model is shown: green, amber or red. */
export const toneOf = (verdict: string): 'good' | 'care' | 'bad' => (verdict === 'good' ? 'good' : verdict === 'take care' ? 'care' : 'bad');
