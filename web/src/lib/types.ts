// What the server says, as types: the HTTP contract, version 1.

export type Unit = string;
export type ColumnType = 'int' | 'real' | 'bool' | 'text' | 'date' | 'time' | string;

export interface Column {
  name: string;
  type: ColumnType;
  unit: Unit;
  label: string;
  meaning?: string;
  required?: boolean;
}

export interface Table {
  name: string;
  meaning: string;
  optional?: boolean;
  from_bank?: boolean;
  further?: string | null;
  columns: Column[];
}

export interface Choice {
  value: string;
  label: string;
}

export interface Param {
  name: string;
  type: 'int' | 'real' | 'bool' | 'text' | 'date' | 'choice';
  unit: Unit;
  min?: number | null;
  max?: number | null;
  default?: string | number | boolean | null;
  choices?: Choice[] | null;
  label: string;
  help: string;
  advanced?: boolean;
}

export type ViewKind = 'line' | 'bar' | 'waterfall' | 'pareto' | 'heatmap' | 'table' | 'figures';

export interface View {
  name: string;
  title: string;
  kind: ViewKind;
  table: string;
  x?: string | null;
  y?: string | null;
  series?: string | null;
  lo?: string | null;
  hi?: string | null;
  lo_inner?: string | null;
  hi_inner?: string | null;
  filter?: string | null;
  kind_column?: string | null;
  unit_column?: string | null;
}

export interface Analysis {
  id: string;
  version: string;
  title: string;
  area: string;
  question: string;
  summary: string;
  inputs: Table[];
  params: Param[];
  outputs: Table[];
  views: View[];
  assumptions: string[];
  sources: { citation: string; where?: string | null }[];
  example?: { title: string; args: string[]; reading: string } | null;
  readme?: string;
}

export interface FactColumn extends Column {
  min?: number | null;
  max?: number | null;
  aliases?: string[];
}

export interface Fact {
  name: string;
  kind: 'fact' | 'dimension';
  title: string;
  meaning: string;
  time_column?: string | null;
  key?: string[];
  columns: FactColumn[];
  rows: number;
  first?: string | null;
  last?: string | null;
}

export interface FactSummary {
  name: string;
  title: string;
  kind: 'fact' | 'dimension';
  rows: number;
  first?: string | null;
  last?: string | null;
}

export interface Workspace {
  company: string;
  currency: string;
  language: string;
  version: string;
  fiscal_year_start: number;
  listen_note?: string | null;
  facts: FactSummary[];
}

export type RunState = 'queued' | 'reading' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Remark {
  severity: 'note' | 'warn' | 'fail';
  check: string;
  text: string;
}

export interface Run {
  id: string;
  analysis: string;
  version: string;
  program: string;
  state: RunState;
  params: Record<string, string | number | boolean | null>;
  seed: number | string;
  input_hash?: string | null;
  output_hash?: string | null;
  as_of?: string | null;
  started?: string | null;
  ended?: string | null;
  seconds?: number | null;
  cpu_seconds?: number | null;
  peak_bytes?: number | null;
  progress?: number | null;
  doing?: string | null;
  actor?: string | null;
  again_of?: string | null;
  failure?: { code: string; message: string; where?: string | null } | null;
  remarks?: Remark[];
  inputs?: { name: string; rows: number }[];
  outputs?: { name: string; rows: number }[];
}

export type Cell = string | number | boolean | null;

export interface TablePage {
  name: string;
  columns: Column[];
  rows: Cell[][];
  total: number;
  next: string | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Upload {
  id: string;
  name: string;
  bytes: number;
}

export interface ImportSource {
  name: string;
  format: string;
  encoding?: string | null;
  delimiter?: string | null;
  quote?: string | null;
  decimal?: string | null;
  date_order?: string | null;
  header: boolean;
  sheet?: string | null;
  hash?: string | null;
  already?: string | null;
  columns: string[];
  sample: (string | null)[][];
}

export interface ImportMatch {
  field: string;
  column: string | null;
  /** The same as a mapping says it: "=web", "StockCode:5". */
  source?: string | null;
  how: 'given' | 'profile' | 'name' | 'alias' | 'derived' | 'absent' | string;
}

export interface Detection {
  sources: ImportSource[];
  matches: ImportMatch[];
}

export interface ImportRequest {
  fact: string;
  uploads: string[];
  profile?: string;
  mapping?: Record<string, string>;
  options?: Record<string, string | boolean>;
}

export interface ImportBatch {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  dry_run: boolean;
  fact: string;
  files: string[];
  progress?: number | null;
  doing?: string | null;
  read: number;
  added: number;
  already: number;
  refused: number;
  flags?: { what: string; rows: number }[];
  reasons?: { what: string; rows: number }[];
  rejects?: boolean;
  seconds?: number | null;
  at?: string | null;
  actor?: string | null;
  undone?: boolean;
  failure?: { code: string; message: string; where?: string | null } | null;
  batch?: string | null;
}

export interface Reject {
  file: string;
  line: number | string;
  column: string;
  value: string;
  reason: string;
  row?: string;
}

export interface Profile {
  name: string;
  fact: string;
  note?: string | null;
  built_in?: boolean;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  where?: string | null;
  code?: string;
}
