// Parameters of an analysis as a form holds them (texts and ticks), and as a run wants them.
import { amount, day, plain, unitWord } from '../lib/format';
import { m } from '../lib/messages.svelte';
import type { Analysis, Param, Run } from '../lib/types';

export type Held = string | boolean;
export type Values = Record<string, Held>;

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** Shares are kept as 0.9 and typed as 90 (%). */
const scaled = (param: Param) => (param.unit === 'share' && param.type === 'real' ? 100 : 1);
const times = (value: number, factor: number) => Number((value * factor).toPrecision(12));

function held(param: Param, value: unknown): Held {
  if (param.type === 'bool') return value === true || value === 'true';
  const raw = text(value);
  return raw === '' || scaled(param) === 1 ? raw : String(times(Number(raw), scaled(param)));
}

export function defaultOf(param: Param): Held {
  return held(param, param.default);
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
    values[param.name] = held(param, value);
  }
  return values;
}

/** The limits of a number as typed; none where both are 0 or a side is not given. */
function limits(param: Param): { min: number | null; max: number | null } {
  const none = param.min === 0 && param.max === 0;
  const side = (limit: number | null | undefined) => (none || limit === null || limit === undefined ? null : times(limit, scaled(param)));
  return { min: side(param.min), max: side(param.max) };
}

/** What is wrong with a value, in words; "" when nothing is. */
export function wrong(param: Param, value: Held): string {
  if (typeof value === 'boolean' || value.trim() === '') return '';
  if (param.type !== 'int' && param.type !== 'real') return '';
  const number = Number(value);
  if (!Number.isFinite(number)) return m.analysis.badNumber;
  if (param.type === 'int' && !Number.isInteger(number)) return m.analysis.badWhole;
  const { min, max } = limits(param);
  if (min !== null && number < min) return m.analysis.tooSmall(plain(min));
  if (max !== null && number > max) return m.analysis.tooLarge(plain(max));
  return '';
}

export function rangeText(param: Param): string {
  const { min, max } = limits(param);
  if ((param.type !== 'int' && param.type !== 'real') || (min === null && max === null)) return '';
  const unit = scaled(param) === 100 ? '%' : unitWord(param.unit);
  const range =
    min === null ? m.analysis.atMost(plain(max ?? 0)) : max === null ? m.analysis.atLeast(plain(min)) : m.analysis.range(plain(min), plain(max));
  return range + (unit ? ` ${unit}` : '');
}

export function forRun(analysis: Analysis, values: Values): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const param of analysis.params) {
    const value = values[param.name];
    if (value === undefined || value === '') continue;
    params[param.name] = (param.type === 'int' || param.type === 'real') && typeof value === 'string' ? times(Number(value), 1 / scaled(param)) : value;
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
