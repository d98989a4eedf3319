// Numbers, dates and durations as people read them: one place, by unit, with the
// workspace's currency and language.
import { home } from './home.svelte';
import { locale, m } from './messages.svelte';
import type { Cell, Column } from './types';

const cache = new Map<string, Intl.NumberFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  let made = cache.get(key);
  if (!made) cache.set(key, (made = new Intl.NumberFormat(locale(), options)));
  return made;
}

/** A true minus before a number; none before one that rounds to nothing. */
const minus = (text: string) => (/[1-9]/.test(text) ? text.replace(/^([^\d]*)-/, '−$1') : text.replace('-', ''));

function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1000) return 0;
  if (size >= 10) return 1;
  if (size >= 1) return 2;
  return 3;
}

export interface NumberStyle {
  /** Short form for axes and labels: 1.2M. */
  compact?: boolean;
  /** Leave the unit's word out (a heading already says it). */
  bare?: boolean;
  /** Exactly so many decimals, so that a column of numbers lines up. */
  digits?: number;
  /** Days are the first of a month and stand for it. */
  months?: boolean;
}

function money(value: number, style: NumberStyle, perUnit: boolean): string {
  const currency = home.workspace?.currency || 'EUR';
  const small = Math.abs(value) < 1000 && !style.compact;
  const digits = style.digits ?? (perUnit || small ? 2 : 0);
  const options: Intl.NumberFormatOptions = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
  const text = numbers(
    style.compact
      ? { ...options, notation: 'compact', minimumFractionDigits: 0, ...(Math.abs(value) < 1000 ? { maximumFractionDigits: perUnit ? 2 : 0 } : { maximumSignificantDigits: 3 }) }
      : { ...options, minimumFractionDigits: value === 0 ? 0 : digits, maximumFractionDigits: digits },
  ).format(value);
  return minus(text);
}

function percent(value: number, signed: boolean, compact = false): string {
  const size = Math.abs(value);
  const digits = size >= 10 ? 0 : size >= 0.0005 || size === 0 ? 1 : 2;
  return minus(
    numbers({
      style: 'percent',
      minimumFractionDigits: compact || size === 1 || size === 0 ? 0 : digits,
      maximumFractionDigits: digits,
      signDisplay: signed ? 'exceptZero' : 'auto',
    }).format(value),
  );
}

export function plain(value: number, style: NumberStyle = {}): string {
  const digits = style.digits ?? decimalsFor(value);
  if (style.digits === undefined && value !== 0 && Math.abs(value) < 0.001) return minus(numbers({ maximumSignificantDigits: 2 }).format(value));
  return minus(
    numbers(
      style.compact && Math.abs(value) >= 10000
        ? { notation: 'compact', maximumSignificantDigits: 3 }
        : { minimumFractionDigits: style.digits ?? 0, maximumFractionDigits: digits },
    ).format(value),
  );
}

/** How many decimals a column of numbers needs so that its largest reads well; undefined
 *  where the unit decides, or where some value would look like nothing. */
export function columnDigits(values: Cell[], unit: string): number | undefined {
  if (unit === 'share' || unit === 'change' || unit === 'money/unit') return undefined;
  const known = values.filter((v): v is number => typeof v === 'number');
  const largest = known.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  if (unit === 'money') return largest >= 1000 ? 0 : 2;
  const digits = known.every(Number.isInteger) ? 0 : decimalsFor(largest + 0.000001);
  return known.some((v) => v !== 0 && Math.abs(v) < 0.5 * 10 ** -digits) && largest < 1000 ? undefined : digits;
}

/** A message of the server as a sentence: on the command line they begin small. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export const count = (value: number) => numbers({ maximumFractionDigits: 0 }).format(value);

/** A number with its unit: "£1,234,567", "12.3%", "+4.1%", "52 periods". */
export function amount(value: number, unit: string, style: NumberStyle = {}): string {
  if (!Number.isFinite(value)) return m.value.none;
  switch (unit) {
    case 'money':
      return money(value, style, false);
    case 'money/unit':
      return money(value, style, true);
    case 'share':
      return percent(value, false, style.compact);
    case 'change':
      return percent(value, true, style.compact);
    default: {
      const text = plain(value, style);
      const word = unitWord(unit);
      return style.bare || style.compact || !word ? text : `${text} ${word}`;
    }
  }
}

/** The word that stands after a number or in a heading: "orders"; "" where the number
 *  itself shows it (money, percent) or there is none. */
export function unitWord(unit: string): string {
  const word = m.units[unit];
  if (word !== undefined) return word;
  return ['count', 'score', '', 'money', 'money/unit', 'share', 'change'].includes(unit) ? '' : unit;
}

/** The unit named for an axis or a column heading: "£", "%", "orders". */
export function unitHeading(unit: string): string {
  switch (unit) {
    case 'money':
      return currencySign();
    case 'money/unit':
      return m.value.perUnit(currencySign());
    case 'share':
    case 'change':
      return '%';
    default:
      return unitWord(unit);
  }
}

export function currencySign(): string {
  const currency = home.workspace?.currency || 'EUR';
  const part = numbers({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
    .formatToParts(1)
    .find((p) => p.type === 'currency');
  return part?.value ?? currency;
}

const dates = new Map<string, Intl.DateTimeFormat>();
function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let made = dates.get(key);
  if (!made) dates.set(key, (made = new Intl.DateTimeFormat(locale(), options)));
  return made;
}

function parse(text: string): Date | null {
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** A calendar day: "9 Dec 2011". */
export function day(text: string | null | undefined): string {
  const at = text ? parse(text) : null;
  return at ? dateFormat({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at) : m.value.none;
}

export function monthYear(text: string): string {
  const at = parse(text);
  return at ? dateFormat({ month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at) : text;
}

/** Whether these days stand for months: several, each the first of its month. */
export function inMonths(days: Cell[]): boolean {
  const known = new Set(days.filter((d) => d !== null));
  return known.size > 1 && [...known].every((d) => /^\d{4}-\d\d-01$/.test(String(d)));
}

/** A day on the axis of bars: months by name when every bar is a month. */
export function barDay(text: string, months: boolean): string {
  const at = parse(text);
  if (!at) return text;
  return months ? monthYear(text) : dateFormat({ day: 'numeric', month: 'short', timeZone: 'UTC', ...(at.getUTCMonth() === 0 ? { year: '2-digit' } : {}) }).format(at);
}

/** A moment in the reader's own time: "23 Nov 2026, 18:04". */
export function moment(text: string | null | undefined): string {
  const at = text ? parse(text) : null;
  return at
    ? dateFormat({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(at)
    : m.value.none;
}

/** How long ago, in words: "3 minutes ago"; beyond a week the day itself. */
export function ago(text: string | null | undefined): string {
  const at = text ? parse(text) : null;
  if (!at) return m.value.none;
  const seconds = (Date.now() - at.getTime()) / 1000;
  if (seconds < 45) return m.time.justNow;
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  if (seconds < 3600) return words.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86400) return words.format(-Math.round(seconds / 3600), 'hour');
  if (seconds < 7 * 86400) return words.format(-Math.round(seconds / 86400), 'day');
  return day(text);
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return m.value.none;
  if (seconds < 0.01) return m.time.instant;
  if (seconds < 60) return m.time.seconds(numbers({ maximumSignificantDigits: 2 }).format(seconds));
  if (seconds < 3600) return m.time.minutes(String(Math.floor(seconds / 60)), String(Math.round(seconds % 60)));
  return m.time.hours(String(Math.floor(seconds / 3600)), String(Math.round((seconds % 3600) / 60)));
}

export function bytes(value: number): string {
  const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  let step = 0;
  while (value >= 1000 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  return numbers({ style: 'unit', unit: steps[step] ?? 'byte', unitDisplay: 'short', maximumSignificantDigits: 3 }).format(value);
}

export const isNumber = (column: Column) => ['int', 'real', 'int64', 'double', 'integer', 'number', 'float64'].includes(column.type);
export const isDate = (column: Column) => column.type === 'date';
export const isMoment = (column: Column) => ['time', 'timestamp', 'datetime'].includes(column.type);

/** A cell of a result table as text. `unit` overrides the column's where each row has its own. */
export function cell(value: Cell, column: Column, unit = column.unit, style: NumberStyle = {}): string {
  if (value === null || value === undefined || value === '') return m.value.none;
  if (typeof value === 'boolean') return value ? m.value.yes : m.value.no;
  if (typeof value === 'number') return amount(value, unit, { bare: true, ...style });
  if (isDate(column)) return style.months ? monthYear(value) : day(value);
  if (isMoment(column)) return moment(value);
  return value;
}
