// What the whole app knows about the workspace: its settings, the analyses of the
// registry and the facts of the bank. Loaded once, refreshed when data changes.
import { asProblem, get, Problem } from './api';
import { useLanguage } from './messages.svelte';
import { loadOffice } from './office.svelte';
import type { Analysis, Fact, Page, Workspace } from './types';

interface Home {
  workspace: Workspace | null;
  analyses: Analysis[];
  facts: Fact[];
  problem: Problem | null;
  ready: boolean;
}

export const home: Home = $state({ workspace: null, analyses: [], facts: [], problem: null, ready: false });

/** What one may not see is not there; anything else is a problem. */
function noneAllowed<T>(thrown: unknown): Page<T> {
  if (thrown instanceof Problem && thrown.status === 403) return { items: [], next: null };
  throw thrown;
}

export async function loadHome(): Promise<void> {
  home.problem = null;
  try {
    const [workspace, analyses, facts] = await Promise.all([
      get<Workspace>('/workspace'),
      get<Page<Analysis>>('/analyses'),
      get<Page<Fact>>('/facts').catch(noneAllowed<Fact>),
      loadOffice(),
    ]);
    await useLanguage(workspace.language || 'en');
    Object.assign(home, { workspace, analyses: analyses.items, facts: facts.items, ready: true });
  } catch (thrown) {
    home.problem = asProblem(thrown);
  }
}

/** After an import or its undoing: what the bank holds now. */
export async function refreshFacts(): Promise<void> {
  try {
    home.facts = (await get<Page<Fact>>('/facts')).items;
  } catch {
    /* the page that asked shows its own problem; old counts are better than none */
  }
}

export const analysisOf = (id: string) => home.analyses.find((a) => a.id === id);
export const factOf = (name: string) => home.facts.find((f) => f.name === name);
export const hasRows = (name: string) => (factOf(name)?.rows ?? 0) > 0;
export const hasData = () => home.facts.some((f) => f.rows > 0);

export interface Area {
  name: string;
  analyses: Analysis[];
}

/** The areas in the order of a director's day; areas not named here follow by name. */
const order = ['Desk', 'Sales', 'Demand', 'Customers', 'Return', 'Plan', 'Money', 'Campaigns', 'People', 'Documents'];

export function areas(): Area[] {
  const names = [...new Set(home.analyses.map((a) => a.area))];
  const rank = (name: string) => {
    const at = order.indexOf(name);
    return at < 0 ? order.length : at;
  };
  names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return names.map((name) => ({ name, analyses: home.analyses.filter((a) => a.area === name) }));
}
