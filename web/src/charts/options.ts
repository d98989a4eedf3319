// From a view and its rows to a chart: units on axes, intervals as bands, names at the
// lines themselves, colours from the page's own variables. One builder per kind of view.
import type { EChartsCoreOption } from 'echarts/core';
import { amount, barDay, cell, inMonths, isDate, unitHeading } from '../lib/format';
import { locale, m } from '../lib/messages.svelte';
import type { Cell, View } from '../lib/types';
import { paretoPoint, paretoReading } from './describe';
import { steps, type Point, type Reading } from './read';

export interface Canvas {
  width: number;
  moving: boolean;
}

interface Look {
  ink: string;
  ink2: string;
  axis: string;
  grid: string;
  surface: string;
  line: string;
  actual: string;
  up: string;
  down: string;
  total: string;
  heat: [string, string];
  series: string[];
  font: string;
}

type Build = (view: View, reading: Reading, look: Look, canvas: Canvas) => EChartsCoreOption;

function look(): Look {
  const style = getComputedStyle(document.documentElement);
  const v = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: v('ink'),
    ink2: v('ink-2'),
    axis: v('chart-axis'),
    grid: v('chart-grid'),
    surface: v('raised'),
    line: v('line'),
    actual: v('chart-actual'),
    up: v('chart-up'),
    down: v('chart-down'),
    total: v('chart-total'),
    heat: [v('heat-low'), v('heat-high')],
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => v(`chart-${n}`)),
    font: v('font'),
  };
}

const builders: Partial<Record<View['kind'], Build>> = {
  line: lineOptions,
  bar: barOptions,
  waterfall: waterfallOptions,
  pareto: paretoOptions,
  heatmap: heatmapOptions,
};

export function options(view: View, reading: Reading, canvas: Canvas): EChartsCoreOption {
  const colours = look();
  const still = !canvas.moving || matchMedia('(prefers-reduced-motion: reduce)').matches;
  const built = builders[view.kind]?.(view, reading, colours, canvas) ?? {};
  return {
    useUTC: true,
    animation: !still,
    animationDuration: 350,
    textStyle: { fontFamily: colours.font, fontSize: 12, color: colours.ink2 },
    ...built,
  };
}

/* ---- shared parts ---------------------------------------------------------------- */

const outer = { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };

function valueAxis(reading: Reading, c: Look, extra: object = {}): object {
  return {
    type: 'value',
    name: axisName(reading),
    nameLocation: 'end',
    nameGap: 12,
    nameTextStyle: { align: 'left', color: c.axis, padding: [0, 0, 0, 0] },
    splitNumber: 4,
    axisLabel: { color: c.axis, formatter: (v: number) => amount(v, reading.roles.unit, { compact: true }) },
    splitLine: { lineStyle: { color: c.grid } },
    axisLine: { show: false },
    axisTick: { show: false },
    ...extra,
  };
}

function axisName(reading: Reading): string {
  const unit = unitHeading(reading.roles.unit);
  const label = reading.roles.y?.label ?? '';
  if (!unit || unit.toLowerCase() === label.toLowerCase()) return label;
  return label ? `${label}, ${unit}` : unit;
}

function categoryAxis(c: Look, extra: object = {}): object {
  return {
    type: 'category',
    axisLabel: { color: c.axis, hideOverlap: true },
    axisLine: { lineStyle: { color: c.axis } },
    axisTick: { show: false },
    ...extra,
  };
}

function timeLabel(value: number): string {
  const at = new Date(value);
  const format = (o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', ...o }).format(at);
  if (at.getUTCDate() !== 1) return format({ day: 'numeric', month: 'short' });
  return at.getUTCMonth() === 0 ? `{year|${format({ year: 'numeric' })}}` : format({ month: 'short' });
}

function timeAxis(c: Look): object {
  return {
    type: 'time',
    axisLabel: { color: c.axis, hideOverlap: true, formatter: timeLabel, rich: { year: { fontWeight: 'bold', color: c.ink2 } } },
    axisLine: { lineStyle: { color: c.axis } },
    axisTick: { show: true, lineStyle: { color: c.grid } },
    splitLine: { show: false },
  };
}

function tooltip(c: Look, extra: object): object {
  return {
    appendTo: 'body',
    confine: true,
    className: 'chart-tip',
    backgroundColor: c.surface,
    borderColor: c.line,
    textStyle: { color: c.ink, fontSize: 12.5, fontFamily: c.font },
    ...extra,
  };
}

interface TipLine {
  colour?: string;
  name: string;
  value: string;
}

/** Built as elements, never as markup: names come from the data. */
function tip(title: string, lines: TipLine[]): HTMLElement {
  const box = document.createElement('div');
  const head = document.createElement('strong');
  head.textContent = title;
  box.append(head);
  for (const { colour, name, value } of lines) {
    const line = document.createElement('div');
    line.className = 'chart-tip-line';
    const key = document.createElement('span');
    key.className = 'chart-tip-key';
    if (colour) key.style.background = colour;
    const label = document.createElement('span');
    label.textContent = name;
    const number = document.createElement('b');
    number.textContent = value;
    line.append(key, label, number);
    box.append(line);
  }
  return box;
}

function textWidth(text: string, size = 12): number {
  return text.length * size * 0.56;
}

const clip = (text: string, chars: number) => (text.length > chars ? `${text.slice(0, chars - 1).trimEnd()}…` : text);

const shown = (value: number | null, unit: string) => (value === null ? m.value.none : amount(value, unit));

/* ---- line: history, forecast, bands ------------------------------------------------ */

const maxLines = 8;

interface Line {
  name: string;
  colour: string;
  actual: Point[];
  forecast: Point[];
}

/** The names to draw: all, or the largest by their sum when there are too many. */
function leading(reading: Reading, most: number): string[] {
  if (reading.names.length <= most) return reading.names;
  const sums = new Map<string, number>();
  for (const p of reading.points) sums.set(p.series, (sums.get(p.series) ?? 0) + Math.abs(p.y ?? 0));
  return [...sums.entries()].sort((a, b) => b[1] - a[1]).slice(0, most).map(([name]) => name);
}

function linesOf(reading: Reading, c: Look): Line[] {
  return leading(reading, maxLines).map((name, i) => {
    const own = reading.points.filter((p) => p.series === name);
    return {
      name,
      colour: c.series[i % c.series.length] ?? c.ink,
      actual: own.filter((p) => !p.forecast),
      forecast: own.filter((p) => p.forecast),
    };
  });
}

const xOf = (x: Cell, date: boolean): number | string =>
  date && typeof x === 'string' ? Date.parse(`${x}T00:00:00Z`) : typeof x === 'number' ? x : String(x ?? '');

function band(name: string, points: Point[], date: boolean, colour: string, opacity: number, pick: (p: Point) => [number | null, number | null]): object | null {
  const known = points
    .map((p) => [xOf(p.x, date), ...pick(p)] as [number | string, number | null, number | null])
    .filter((p): p is [number | string, number, number] => p[1] !== null && p[2] !== null);
  if (known.length < 1) return null;
  return {
    name,
    type: 'custom',
    silent: true,
    clip: true,
    z: 1,
    encode: { x: 0, y: [1, 2] },
    data: known,
    renderItem: (params: { dataIndex: number; context: { ring?: number[][] } }, api: { coord: (v: unknown[]) => number[] }) => {
      if (params.dataIndex !== 0) return null;
      const upper = known.map((p) => api.coord([p[0], p[2]]));
      const lower = known.map((p) => api.coord([p[0], p[1]])).reverse();
      return { type: 'polygon', shape: { points: [...upper, ...lower] }, style: { fill: colour, opacity } };
    },
  };
}

function lineSeries(line: Line, points: Point[], date: boolean, style: object, extra: object): object {
  return {
    name: line.name,
    type: 'line',
    data: points.map((p) => [xOf(p.x, date), p.y]),
    showSymbol: points.length < 2,
    symbolSize: 7,
    symbol: 'circle',
    z: 3,
    connectNulls: false,
    emphasis: { disabled: true },
    ...style,
    ...extra,
  };
}

function lineOptions(view: View, reading: Reading, c: Look, canvas: Canvas): EChartsCoreOption {
  const { roles } = reading;
  const date = roles.x ? isDate(roles.x) : false;
  const lines = linesOf(reading, c);
  const single = lines.length === 1;
  const hasForecast = lines.some((l) => l.forecast.length && l.actual.length);
  const direct = !single && lines.length <= 5 && canvas.width > 480;
  const names = lines.map((l) => clip(l.name, 24));
  const room = direct ? Math.min(190, Math.max(...names.map((n) => textWidth(n))) + 14) : hasForecast && single ? 18 : 14;
  const series: (object | null)[] = [];
  const ends: LineEnd[] = [];
  for (const [i, line] of lines.entries()) {
    const ahead = line.forecast.length ? line.forecast : line.actual;
    const colour = single && hasForecast ? (c.series[0] ?? c.ink) : line.colour;
    series.push(band(line.name, ahead, date, colour, 0.16, (p) => [p.lo, p.hi]));
    series.push(band(line.name, ahead, date, colour, 0.24, (p) => [p.loInner, p.hiInner]));
    const first = line.forecast[0];
    // A forecast of the past begins where it was made, not where the actual values end.
    const last = first ? line.actual.filter((p) => xOf(p.x, date) < xOf(first.x, date)).pop() : undefined;
    const end = ahead.filter((p) => p.y !== null).pop();
    if (direct && end) ends.push({ name: names[i] ?? '', colour, at: [xOf(end.x, date), end.y ?? 0] });
    const broken = line.actual.map((p) => (p.incomplete ? { ...p, y: null } : p));
    // From its neighbours to an incomplete period the line is dashed, and only there.
    const beside = (j: number) => line.actual.slice(Math.max(0, j - 1), j + 2).some((p) => p.incomplete);
    const dashed = line.actual.map((p, j) => (beside(j) ? p : { ...p, y: null }));
    if (dashed.some((p) => p.y !== null))
      series.push(lineSeries(line, dashed, date, { lineStyle: { width: 2, color: colour, type: [3, 4] }, itemStyle: { color: colour } }, { silent: true }));
    if (line.actual.length)
      series.push(
        lineSeries(line, broken, date, { lineStyle: { width: 2, color: single && hasForecast ? c.actual : colour }, itemStyle: { color: single && hasForecast ? c.actual : colour } }, {
          ...(i === 0 && hasForecast && line.forecast[0] ? { markLine: forecastMark(xOf(line.forecast[0].x, date), c) } : {}),
        }),
      );
    if (line.forecast.length)
      series.push(
        lineSeries(line, last ? [last, ...line.forecast] : line.forecast, date, { lineStyle: { width: 2.2, color: colour, ...(single ? {} : { type: 'dashed' }) }, itemStyle: { color: colour } }, {}),
      );
  }
  if (ends.length) series.push(namesAtEnds(ends, c));
  for (const line of lines) series.push(todayMark(line, date, c));
  const legend = !single && !direct;
  return {
    grid: { left: 4, right: room, top: legend ? 62 : 32, bottom: 6, ...outer },
    xAxis: date ? timeAxis(c) : roles.x?.type === 'text' ? categoryAxis(c, { boundaryGap: false }) : { ...timeAxis(c), type: 'value', scale: true, name: roles.x?.label, nameLocation: 'middle', nameGap: 28, axisLabel: { color: c.axis, formatter: (v: number) => amount(v, roles.x?.unit ?? '', { compact: true }) } },
    yAxis: valueAxis(reading, c, { scale: farFromZero(reading.points) }),
    ...(legend ? { legend: { top: 0, left: 0, type: 'plain', icon: 'roundRect', itemHeight: 4, itemWidth: 14, textStyle: { color: c.ink2 }, data: lines.map((l) => l.name) } } : {}),
    color: lines.map((l) => l.colour),
    tooltip: tooltip(c, {
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: c.axis, width: 1 } },
      formatter: (items: { value: [number | string, number | null]; axisValue: number | string }[]) => lineTip(items[0]?.axisValue ?? items[0]?.value[0] ?? '', lines, reading, view, date, c),
    }),
    series: series.filter((s) => s !== null),
  };
}

/** The point of a curve where things stand now, named. */
function todayMark(line: Line, date: boolean, c: Look): object | null {
  const points = [...line.actual, ...line.forecast].filter((p) => p.today);
  if (!points.length) return null;
  return lineSeries(line, points, date, { itemStyle: { color: c.actual } }, {
    symbolSize: 11,
    z: 6,
    silent: true,
    label: { show: true, position: 'top', formatter: m.chart.today, color: c.ink, fontWeight: 600, distance: 8 },
  });
}

interface LineEnd {
  name: string;
  colour: string;
  at: [number | string, number];
}

/** The names of the lines at their ends, moved down where one would stand on another. */
function namesAtEnds(ends: LineEnd[], c: Look): object {
  const line = 15;
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 4,
    encode: { x: 0, y: 1 },
    data: ends.map((e) => e.at),
    renderItem: (params: { dataIndex: number }, api: { coord: (v: unknown[]) => [number, number] }) => {
      if (params.dataIndex !== 0) return null;
      const placed = ends.map((e) => ({ ...e, xy: api.coord(e.at) })).sort((a, b) => a.xy[1] - b.xy[1]);
      let free = -Infinity;
      const children = placed.map(({ name, colour, xy }) => {
        const y = Math.max(xy[1], free);
        free = y + line;
        return { type: 'text', style: { text: name, x: xy[0] + 6, y, textVerticalAlign: 'middle', fill: colour, font: `12px ${c.font}` } };
      });
      return { type: 'group', children };
    },
  };
}

function forecastMark(x: number | string, c: Look): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: c.axis, type: 'dotted', width: 1 },
    label: { formatter: m.chart.forecast, color: c.axis, position: 'end', fontSize: 12, align: 'left', padding: [0, 0, 0, -4] },
    data: [{ xAxis: x }],
  };
}

function farFromZero(points: Point[]): boolean {
  let lo = Infinity;
  let hi = -Infinity;
  for (const p of points)
    for (const v of [p.y, p.lo, p.hi])
      if (v !== null) {
        lo = Math.min(lo, v);
        hi = Math.max(hi, v);
      }
  return lo > 0 && lo > 0.55 * hi;
}

function lineTip(at: number | string, lines: Line[], reading: Reading, view: View, date: boolean, c: Look): HTMLElement {
  const unit = reading.roles.unit;
  const found: TipLine[] = [];
  let title: string | null = null;
  for (const line of lines) {
    const point = [...line.actual, ...line.forecast].find((p) => xOf(p.x, date) === at);
    if (!point) continue;
    title ??= reading.roles.x ? cell(point.x, reading.roles.x, '', { months: inMonths(reading.points.map((p) => p.x)) }) : String(point.x);
    const name = line.name || (view.kind_column ? (point.forecast ? m.chart.forecast : m.chart.actual) : (reading.roles.y?.label ?? ''));
    const colour = lines.length === 1 && view.kind_column && !point.forecast ? c.actual : line.colour;
    found.push({ colour, name: point.incomplete ? `${name}, ${m.chart.incomplete}` : name, value: shown(point.y, unit) });
    if (point.loInner !== null && point.hiInner !== null)
      found.push({ name: m.chart.interval80, value: m.chart.range(amount(point.loInner, unit), amount(point.hiInner, unit)) });
    if (point.lo !== null && point.hi !== null)
      found.push({ name: view.lo_inner ? m.chart.interval95 : m.chart.interval, value: m.chart.range(amount(point.lo, unit), amount(point.hi, unit)) });
  }
  return tip(title ?? String(at), found);
}

/* ---- bars ---------------------------------------------------------------------------- */

const maxBars = 12;

export const barsHidden = (view: View, reading: Reading) =>
  view.kind === 'bar' && !(reading.roles.x && isDate(reading.roles.x))
    ? Math.max(0, new Set(reading.points.map((p) => p.x)).size - maxBars)
    : 0;

function barOptions(view: View, reading: Reading, c: Look, canvas: Canvas): EChartsCoreOption {
  const date = reading.roles.x ? isDate(reading.roles.x) : false;
  const x = reading.roles.x;
  const names = leading(reading, 6);
  const all = [...new Set(reading.points.filter((p) => date || p.y !== null).map((p) => p.x))];
  const keys = date ? all : all.slice(0, maxBars);
  const value = (key: Cell, name: string) => reading.points.find((p) => p.x === key && p.series === name) ?? null;
  const stacked = date && names.length > 1 && reading.points.every((p) => (p.y ?? 0) >= 0);
  const months = date && keys.every((k) => String(k).endsWith('-01'));
  const labels = keys.map((k) => (date ? barDay(String(k ?? ''), months) : x ? cell(k, x) : String(k ?? '')));
  const category = categoryAxis(c, {
    data: labels,
    inverse: !date,
    axisLabel: date
      ? { color: c.axis, hideOverlap: true }
      : { color: c.ink2, width: Math.min(190, canvas.width * 0.36), overflow: 'truncate', interval: 0 },
    axisLine: { show: date, lineStyle: { color: c.axis } },
  });
  const ranged = names.length === 1 && Boolean(view.lo && view.hi);
  const series: object[] = names.map((name, i) => ({
    name: name || (reading.roles.y?.label ?? ''),
    type: 'bar',
    ...(stacked ? { stack: 'all' } : { barGap: '12%' }),
    barMaxWidth: date ? 34 : 22,
    barCategoryGap: date ? '24%' : '32%',
    itemStyle: { color: c.series[i % c.series.length], borderRadius: stacked ? 0 : 2 },
    emphasis: { focus: names.length > 1 ? 'series' : 'none' },
    data: keys.map((k) => value(k, name)?.y ?? null),
    label: {
      show: !date && names.length === 1 && !ranged,
      position: 'right',
      color: c.ink2,
      formatter: (p: { value: number | null }) => (p.value === null ? '' : amount(p.value, reading.roles.unit, { compact: true })),
    },
  }));
  if (ranged) series.push(whiskers(keys, reading, date, c));
  const number = valueAxis(reading, c, date ? {} : { name: '', axisLabel: { show: false }, splitLine: { show: false } });
  return {
    grid: { left: 2, right: date ? 8 : names.length === 1 ? 64 : 12, top: names.length > 1 ? (date ? 58 : 32) : date ? 32 : 4, bottom: 4, ...outer },
    ...(names.length > 1 ? { legend: { top: 0, left: 0, icon: 'roundRect', itemHeight: 10, itemWidth: 12, textStyle: { color: c.ink2 } } } : {}),
    xAxis: date ? category : number,
    yAxis: date ? number : category,
    tooltip: tooltip(c, {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: c.grid, opacity: 0.5 } },
      formatter: (items: { dataIndex: number }[]) => {
        const at = items[0]?.dataIndex ?? 0;
        const key = keys[at] ?? null;
        return tip(labels[at] ?? '', names.flatMap((name, i) => barTip(value(key, name), name || (reading.roles.y?.label ?? ''), c.series[i % c.series.length], reading)));
      },
    }),
    series,
  };
}

function barTip(point: Point | null, name: string, colour: string | undefined, reading: Reading): TipLine[] {
  if (!point) return [];
  const unit = reading.roles.unit;
  const lines: TipLine[] = [{ ...(colour ? { colour } : {}), name, value: shown(point.y, unit) }];
  if (point.lo !== null && point.hi !== null)
    lines.push({ name: m.chart.interval, value: m.chart.range(amount(point.lo, unit), amount(point.hi, unit)) });
  return lines;
}

/** The interval of each bar; beside lying bars the value too, clear of the interval's end. */
function whiskers(keys: Cell[], reading: Reading, date: boolean, c: Look): object {
  const at = keys.map((key) => reading.points.find((q) => q.x === key && q.y !== null) ?? null);
  const data = at.flatMap((p, i) => (p ? [[i, p.lo ?? p.y, p.hi ?? p.y, p.y]] : []));
  return {
    type: 'custom',
    silent: true,
    z: 5,
    encode: date ? { x: 0, y: [1, 2] } : { y: 0, x: [1, 2] },
    data,
    renderItem: (_: unknown, api: { value: (n: number) => number; coord: (v: number[]) => [number, number] }) => {
      const [at, lo, hi, y] = [api.value(0), api.value(1), api.value(2), api.value(3)];
      const a = api.coord(date ? [at, lo] : [lo, at]);
      const b = api.coord(date ? [at, hi] : [hi, at]);
      const end = api.coord(date ? [at, 0] : [Math.max(0, hi, y), at]);
      const line = { type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: c.ink, lineWidth: 1.5 } };
      const text = amount(y, reading.roles.unit, { compact: true });
      const label = { type: 'text', style: { text, x: end[0] + 6, y: end[1], textVerticalAlign: 'middle', fill: c.ink2, font: `12px ${c.font}` } };
      return { type: 'group', children: date ? [line] : [line, label] };
    },
  };
}

/* ---- waterfall ------------------------------------------------------------------------ */

interface WaterfallApi {
  coord: (v: number[]) => [number, number];
  size: (v: number[]) => [number, number];
}

/** Upright where there is room for the names of the steps, lying down where there is not. */
function waterfallOptions(_: View, reading: Reading, c: Look, canvas: Canvas): EChartsCoreOption {
  const all = steps(reading);
  const unit = reading.roles.unit;
  const lying = (canvas.width - 70) / Math.max(1, all.length) < 72;
  const text = (s: (typeof all)[number]) => {
    const value = amount(s.value, unit, { compact: true });
    return s.total || s.value <= 0 ? value : `+${value}`;
  };
  const colour = (s: (typeof all)[number]) => (s.total ? c.total : s.value >= 0 ? c.up : c.down);
  const category = categoryAxis(c, {
    data: all.map((s) => s.label),
    inverse: lying,
    axisLabel: { color: c.ink2, interval: 0, overflow: 'break', width: lying ? 120 : (canvas.width - 70) / all.length - 8, lineHeight: 15 },
    axisLine: { show: !lying, lineStyle: { color: c.axis } },
  });
  const values = valueAxis(reading, c, lying ? { name: '', axisLabel: { show: false } } : {});
  return {
    grid: { left: 4, right: lying ? 66 : 8, top: lying ? 6 : 34, bottom: 6, ...outer },
    xAxis: lying ? values : category,
    yAxis: lying ? category : values,
    tooltip: tooltip(c, {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: c.grid, opacity: 0.5 } },
      formatter: (items: { dataIndex: number }[]) => {
        const step = all[items[0]?.dataIndex ?? 0];
        if (!step) return '';
        const name = step.total ? m.chart.total : step.value >= 0 ? m.chart.up : m.chart.down;
        return tip(step.label, [{ colour: colour(step), name, value: amount(step.value, unit) }]);
      },
    }),
    series: [
      {
        type: 'custom',
        encode: lying ? { y: 0, x: [1, 2] } : { x: 0, y: [1, 2] },
        data: all.map((s, i) => [i, s.from, s.to]),
        renderItem: ({ dataIndex: at }: { dataIndex: number }, api: WaterfallApi) => {
          const step = all[at];
          if (!step) return null;
          const place = (value: number) => api.coord(lying ? [value, at] : [at, value]);
          const pitch = lying ? api.size([0, 1])[1] : api.size([1, 0])[0];
          const half = Math.min(lying ? 22 : 64, pitch * 0.62) / 2;
          const [fx, fy] = place(step.from);
          const [tx, ty] = place(step.to);
          const box = lying
            ? { x: Math.min(fx, tx), y: fy - half, width: Math.max(1, Math.abs(fx - tx)), height: half * 2 }
            : { x: fx - half, y: Math.min(fy, ty), width: half * 2, height: Math.max(1, Math.abs(fy - ty)) };
          const label = lying
            ? { x: box.x + box.width + 6, y: fy, textVerticalAlign: 'middle' }
            : { x: fx, y: box.y - 5, textAlign: 'center', textVerticalAlign: 'bottom' };
          const link = lying
            ? { x1: tx, y1: ty + half, x2: tx, y2: ty + pitch - half }
            : { x1: tx + half, y1: ty, x2: tx + pitch - half, y2: ty };
          return {
            type: 'group',
            children: [
              { type: 'rect', shape: box, style: { fill: colour(step) } },
              { type: 'text', style: { text: text(step), ...label, fill: c.ink, font: `600 12px ${c.font}` } },
              ...(at < all.length - 1 ? [{ type: 'line', shape: link, style: { stroke: c.axis, lineWidth: 1, lineDash: [2, 2] } }] : []),
            ],
          };
        },
      },
    ],
  };
}

/* ---- pareto ------------------------------------------------------------------------------ */

function paretoOptions(_: View, reading: Reading, c: Look): EChartsCoreOption {
  const near = paretoPoint(reading);
  const xUnit = reading.roles.x?.unit || 'share';
  const data = reading.points.filter((p) => typeof p.x === 'number' && p.y !== null).map((p) => [p.x, p.y]);
  const colour = c.series[0] ?? c.ink;
  return {
    grid: { left: 4, right: 18, top: 34, bottom: 26, ...outer },
    xAxis: {
      ...valueAxis(reading, c),
      name: reading.roles.x?.label ?? '',
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: c.axis },
      min: 0,
      ...(xUnit === 'share' ? { max: 1, interval: 0.2 } : {}),
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: c.axis } },
      axisLabel: { color: c.axis, formatter: (v: number) => amount(v, xUnit, { compact: true }) },
    },
    yAxis: valueAxis(reading, c, { min: 0, ...(reading.roles.unit === 'share' ? { max: 1, interval: 0.2 } : {}) }),
    tooltip: tooltip(c, {
      trigger: 'axis',
      formatter: (items: { value: [number, number] }[]) => {
        const at = items[0]?.value;
        return at ? tip(`${reading.roles.x?.label ?? ''}: ${amount(at[0], xUnit)}`, [{ colour, name: reading.roles.y?.label ?? '', value: amount(at[1], reading.roles.unit) }]) : '';
      },
    }),
    series: [
      {
        type: 'line',
        data,
        showSymbol: false,
        lineStyle: { width: 2.2, color: colour },
        itemStyle: { color: colour },
        areaStyle: { color: colour, opacity: 0.1 },
        emphasis: { disabled: true },
        ...(near
          ? {
              markPoint: {
                symbol: 'circle',
                symbolSize: 9,
                itemStyle: { color: colour, borderColor: c.surface, borderWidth: 2 },
                label: { show: true, formatter: paretoReading(reading), position: 'right', distance: 10, color: c.ink, fontWeight: 600, fontSize: 12.5 },
                data: [{ coord: [near.x, near.y] }],
              },
            }
          : {}),
      },
    ],
  };
}

/* ---- heat map ----------------------------------------------------------------------------- */

function heatmapOptions(_: View, reading: Reading, c: Look, canvas: Canvas): EChartsCoreOption {
  const x = reading.roles.x;
  const keys = [...new Set(reading.points.map((p) => p.x))];
  const names = reading.names;
  const values = reading.points.map((p) => p.y).filter((v): v is number => v !== null);
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  const roomy = canvas.width / Math.max(1, keys.length) > 58;
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 42, ...outer },
    xAxis: categoryAxis(c, { data: keys.map((k) => (x ? cell(k, x) : String(k ?? ''))), splitArea: { show: false } }),
    yAxis: categoryAxis(c, { data: names, inverse: true, axisLabel: { color: c.ink2, width: 170, overflow: 'truncate' }, axisLine: { show: false } }),
    visualMap: {
      min: lo,
      max: hi,
      orient: 'horizontal',
      left: 0,
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      text: [amount(hi, reading.roles.unit, { compact: true }), amount(lo, reading.roles.unit, { compact: true })],
      textStyle: { color: c.axis },
      inRange: { color: c.heat },
    },
    tooltip: tooltip(c, {
      formatter: (p: { value: [number, number, number] }) => {
        const key = keys[p.value[0]];
        return tip(names[p.value[1]] ?? '', [{ name: x && key !== undefined ? cell(key, x) : '', value: amount(p.value[2], reading.roles.unit) }]);
      },
    }),
    series: [
      {
        type: 'heatmap',
        data: reading.points.filter((p) => p.y !== null).map((p) => [keys.indexOf(p.x), names.indexOf(p.series), p.y]),
        itemStyle: { borderColor: c.surface, borderWidth: 1 },
        label: { show: roomy && keys.length * names.length < 160, fontSize: 11, formatter: (p: { value: number[] }) => amount(p.value[2] ?? 0, reading.roles.unit, { compact: true }) },
      },
    ],
  };
}
