// The kinds of records the office keeps, as the server describes them. Lists, boards,
// calendars and forms are built from this alone.
import { get, query } from './api';
import type { Choice, Page } from './types';

export interface Field {
  name: string;
  type: 'text' | 'long' | 'int' | 'real' | 'bool' | 'date' | 'time' | 'choice' | 'ref' | 'money';
  unit: string;
  label: string;
  meaning: string;
  secrecy: 'open' | 'internal' | 'personal' | 'secret';
  required: boolean;
  fixed: boolean;
  derived: boolean;
  listed: boolean;
  searched: boolean;
  sealed: boolean;
  min: number | null;
  max: number | null;
  choices: Choice[];
  target: string | null;
  fallback: string | null;
}

export interface State {
  name: string;
  label: string;
  closed: boolean;
}

export interface Entity {
  name: string;
  title: string;
  plural: string;
  area: string;
  order: number;
  meaning: string;
  label: string;
  hidden: boolean;
  internal: boolean;
  board: string | null;
  starts: string | null;
  ends: string | null;
  sort: string | null;
  within: string | null;
  may: string[];
  fields: Field[];
  states: State[];
}

export type Value = string | number | boolean | null;

export interface Move {
  name: string;
  label: string;
  help: string;
  reason: boolean;
  sign: boolean;
  asks: Field[];
  refused: string | null;
}

export interface Item {
  id: number;
  version: number;
  state: string;
  created: string;
  changed: string;
  labels: Record<string, string>;
  hidden: string[];
  may: string[];
  moves?: Move[];
  [field: string]: unknown;
}

export interface ItemPage extends Page<Item> {
  count?: number;
  more?: boolean;
}

const office = $state({ entities: [] as Entity[] });

export async function loadOffice(): Promise<void> {
  office.entities = (await get<Page<Entity>>('/entities')).items;
}

export const entityOf = (name: string) => office.entities.find((e) => e.name === name);

const order = ['Organisation', 'Documents', 'Approvals', 'Administration'];

/** The areas with lists of their own, each with its kinds in their order. */
export function officeAreas(): { name: string; entities: Entity[] }[] {
  const shown = office.entities.filter((e) => !e.hidden && e.may.includes('see'));
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = [...new Set(shown.map((e) => e.area))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return names.map((name) => ({
    name,
    entities: shown.filter((e) => e.area === name).sort((a, b) => a.order - b.order || a.plural.localeCompare(b.plural)),
  }));
}

/** Kinds whose records are parts of one of this kind: duties of a position. */
export const partsOf = (entity: Entity) =>
  office.entities.filter((e) => e.within && e.fields.find((f) => f.name === e.within)?.target === entity.name);

export const recordsPath = (entity: string) => `/records/${encodeURIComponent(entity)}`;
export const recordPath = (entity: string, id: number) => `${recordsPath(entity)}/${id}`;
export const pageOf = (entity: string, id: number) => `/office/record/${entity}-${id}`;

/** What a record is called. */
export function nameOf(entity: Entity, item: Item): string {
  const own = item.labels[entity.label] ?? item[entity.label];
  return own === null || own === undefined || own === '' ? `${entity.title} ${item.id}` : String(own);
}

export const stateOf = (entity: Entity, item: Item) => entity.states.find((s) => s.name === item.state);

export const listRecords = (entity: string, values: Record<string, string | number | null | undefined>) =>
  get<ItemPage>(recordsPath(entity) + query(values));

/** All there are, page after page, at most `cap`: for pictures that show the whole. */
export async function allRecords(entity: string, values: Record<string, string> = {}, cap = 2000): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: ItemPage = await listRecords(entity, { limit: 200, cursor, ...values });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < cap);
  return items;
}
