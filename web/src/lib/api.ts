// The one door to the server. Every answer that is not a success becomes a Problem,
// which pages show in plain words.
import { m } from './messages.svelte';
import type { Cell, Column, ProblemBody, TablePage, Upload } from './types';

const base = '/api/v1';

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly where: string | null;
  readonly title: string;

  constructor(status: number, body: ProblemBody) {
    super(body.detail || body.title || m.problem.unknown);
    this.status = status;
    this.code = body.code ?? '';
    this.where = body.where ?? null;
    this.title = body.title ?? m.problem.title;
  }
}

export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) {
    return new Problem(0, { title: m.problem.unreachable, detail: m.problem.unreachableDetail });
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(0, { title: m.problem.title, detail });
}

function problemOf(status: number, text: string): Problem {
  try {
    return new Problem(status, JSON.parse(text) as ProblemBody);
  } catch {
    return new Problem(status, { title: m.problem.title, detail: m.problem.status(status) });
  }
}

/** Told when an answer says that the session is over. */
export const signedOut = new EventTarget();

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...more };
  if (method !== 'GET') headers['X-Kemudi'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(base + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const text = await answer.text();
  if (answer.status === 401 && !path.startsWith('/session')) signedOut.dispatchEvent(new Event('ended'));
  if (!answer.ok) throw problemOf(answer.status, text);
  return (text ? JSON.parse(text) : null) as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal);
export const post = <T>(path: string, body?: unknown) => request<T>('POST', path, body);
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body);
/** For records: which version was seen. */
export const patchSeen = <T>(path: string, body: unknown, version: number) => request<T>('PATCH', path, body, undefined, { 'If-Match': `"${version}"` });
export const postSeen = <T>(path: string, body: unknown, version: number) => request<T>('POST', path, body, undefined, { 'If-Match': `"${version}"` });
export const removeSeen = <T>(path: string, version: number) => request<T>('DELETE', path, undefined, undefined, { 'If-Match': `"${version}"` });
export const remove = <T>(path: string) => request<T>('DELETE', path);

/** Empty values are left out, except in a list: an empty one in there is a value too. */
export function query(values: Record<string, string | string[] | number | null | undefined>): string {
  const parts = Object.entries(values)
    .flatMap(([key, value]) => (Array.isArray(value) ? value.map((one) => [key, one] as const) : value === null || value === undefined || value === '' ? [] : [[key, value] as const]))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length ? `?${parts.join('&')}` : '';
}

export function tablePath(run: string, table: string): string {
  return `/runs/${encodeURIComponent(run)}/tables/${encodeURIComponent(table)}`;
}

/** Which rows of a table are meant, and in which order. */
export interface Shown {
  /** A column, with "-" before it for the largest first. */
  sort?: string;
  /** Parts of texts to look for, by column. */
  search?: Record<string, string>;
  /** Values that columns must have; "": none. */
  filter?: Record<string, string>;
  /** Values that columns must not have, one or several; "": must have some. */
  not?: Record<string, string | string[]>;
}

/** Address of a table as a CSV download: all of it, or the rows meant. */
export function csvUrl(run: string, table: string, picks: Record<string, string> = {}, how: Shown = {}): string {
  const { sort, search = {}, filter = {}, not = {} } = how;
  return base + tablePath(run, table) + query({ format: 'csv', sort, ...filters(picks), ...exactly('filter', filter), ...prefixed('search', search), ...exactly('not', not) });
}

export function rejectsUrl(id: string): string {
  return `${base}/imports/${encodeURIComponent(id)}/rejects`;
}

export const eventsUrl = (path: string) => base + path;

export const prefixed = (kind: string, values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([column, value]) => [`${kind}.${column}`, value]));

/** The same for values that count even where they are empty. */
export const exactly = (kind: string, values: Record<string, string | string[]>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(values).map(([column, value]) => [`${kind}.${column}`, Array.isArray(value) ? value : [value]]));

const filters = (picks: Record<string, string>) => prefixed('filter', picks);

export interface Rows {
  columns: Column[];
  rows: Cell[][];
  total: number;
  next: string | null;
}

/** One page of a result table. */
export async function tablePage(
  run: string,
  table: string,
  picks: Record<string, string>,
  limit: number,
  cursor: string | null = null,
): Promise<Rows> {
  return get<TablePage>(tablePath(run, table) + query({ limit, cursor, ...filters(picks) }));
}

/** All rows of a result table, page after page, at most `cap`. */
export async function tableRows(
  run: string,
  table: string,
  picks: Record<string, string> = {},
  cap = 10000,
): Promise<Rows> {
  const first = await tablePage(run, table, picks, 5000);
  const rows = first.rows;
  let next = first.next;
  while (next && rows.length < cap) {
    const page: Rows = await tablePage(run, table, picks, 5000, next);
    rows.push(...page.rows);
    next = page.next;
  }
  return { columns: first.columns, rows, total: first.total ?? rows.length, next };
}

/** Values of a column, for a filter selector; narrowed on the server by `q`. */
export async function distinct(run: string, table: string, column: string, q: string, limit = 50) {
  const page = await get<{ values: Cell[]; next: string | null }>(
    tablePath(run, table) + query({ distinct: column, q, limit }),
  );
  return { values: page.values.map((v) => (v === null ? '' : String(v))), more: page.next !== null };
}

/** Sends a file as it is, telling how far it has got; `abort` on the result stops it. */
export function upload(file: File, told: (share: number) => void): { done: Promise<Upload>; abort: () => void } {
  const xhr = new XMLHttpRequest();
  const done = new Promise<Upload>((resolve, reject) => {
    xhr.open('POST', `${base}/uploads${query({ name: file.name })}`);
    xhr.setRequestHeader('X-Kemudi', '1');
    xhr.setRequestHeader('Content-Type', 'application/octet-stream');
    xhr.upload.onprogress = (e) => told(e.lengthComputable ? e.loaded / e.total : 0);
    xhr.onload = () =>
      xhr.status >= 200 && xhr.status < 300
        ? resolve(JSON.parse(xhr.responseText) as Upload)
        : reject(problemOf(xhr.status, xhr.responseText));
    xhr.onerror = () => reject(asProblem(new TypeError('network')));
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    xhr.send(file);
  });
  return { done, abort: () => xhr.abort() };
}

/** Listens to server-sent events of one name until told to stop; when the stream
 *  breaks it asks the plain address every second instead. */
export function watch<T>(path: string, event: string, told: (value: T) => void, over: (value: T) => boolean): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const source = new EventSource(`${base}${path}/events`);
  const take = (value: T) => {
    if (stopped) return;
    told(value);
    if (over(value)) stop();
  };
  const poll = async () => {
    if (stopped) return;
    try {
      take(await get<T>(path));
    } catch {
      /* the next turn tries again; the page shows the last known state meanwhile */
    }
    if (!stopped) timer = setTimeout(poll, 1000);
  };
  function stop() {
    stopped = true;
    clearTimeout(timer);
    source.close();
  }
  source.addEventListener(event, (e) => take(JSON.parse((e as MessageEvent<string>).data) as T));
  source.onerror = () => {
    source.close();
    void poll();
  };
  return stop;
}
