// Parameters of an analysis as a form holds them (texts and ticks), and as a run wants them.
import { amount, day, plain, unitWord } from '../lib/format';
import { m } from '../lib/messages.svelte';
import type { Analysis, Param, Run } from '../lib/types';

export type Held = string | boolean;
export type Values = Record<string, Held>;

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

export function defaultOf(param: Param): Held {
  return param.type === 'bool' ? param.default === true || param.default === 'true' : text(param.default);
}

export function defaults(analysis: Analysis): Values {
  return Object.fromEntries(analysis.params.map((p) => [p.name, defaultOf(p)]));
}

/** The settings of a recorded run, for the form. */
export function valuesOf(analysis: Analysis, run: Run | null): Values {
  const values = defaults(analysis);
  for (const param of analysis.params) {
    const value = run?.params[param.name];
    if (value === undefined) continue;
    values[param.name] = param.type === 'bool' ? value === true || value === 'true' : text(value);
  }
  return values;
}

const limited = (param: Param) =>
  typeof param.min === 'number' && typeof param.max === 'number' && !(param.min === 0 && param.max === 0);

/** What is wrong with a value, in words; "" when nothing is. */
export function wrong(param: Param, value: Held): string {
  if (typeof value === 'boolean' || value.trim() === '') return '';
  if (param.type !== 'int' && param.type !== 'real') return '';
  const number = Number(value);
  if (!Number.isFinite(number)) return m.analysis.badNumber;
  if (param.type === 'int' && !Number.isInteger(number)) return m.analysis.badWhole;
  if (!limited(param)) return '';
  if (number < (param.min ?? 0)) return m.analysis.tooSmall(plain(param.min ?? 0));
  if (number > (param.max ?? 0)) return m.analysis.tooLarge(plain(param.max ?? 0));
  return '';
}

export function rangeText(param: Param): string {
  if (!limited(param) || (param.type !== 'int' && param.type !== 'real')) return '';
  const unit = unitWord(param.unit);
  return m.analysis.range(plain(param.min ?? 0), plain(param.max ?? 0)) + (unit ? ` ${unit}` : '');
}

export function forRun(analysis: Analysis, values: Values): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const param of analysis.params) {
    const value = values[param.name];
    if (value === undefined || value === '') continue;
    params[param.name] = (param.type === 'int' || param.type === 'real') && typeof value === 'string' ? Number(value) : value;
  }
  return params;
}

/** A setting of a run as people read it. */
export function shownValue(param: Param, value: unknown): string {
  const raw = text(value);
  if (raw === '') return m.analysis.notSet;
  if (param.type === 'choice') return param.choices?.find((c) => c.value === raw)?.label ?? raw;
  if (param.type === 'bool') return raw === 'true' ? m.value.yes : m.value.no;
  if (param.type === 'date') return day(raw);
  if (param.type === 'int' || param.type === 'real') return amount(Number(raw), param.unit);
  return raw;
}

/** The settings that differ from the usual ones, in a few words. */
export function shortSettings(analysis: Analysis | undefined, run: Run): string {
  if (!analysis) return '';
  const parts = analysis.params
    .filter((p) => run.params[p.name] !== undefined && run.params[p.name] !== null && text(run.params[p.name]) !== '')
    .filter((p) => text(run.params[p.name]) !== text(p.default))
    .map((p) => `${p.label}: ${shownValue(p, run.params[p.name])}`);
  return parts.join(' · ') || m.analysis.defaults;
}
