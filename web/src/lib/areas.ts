// Pages of an area that are more than one analysis. A folder of src/ with a pages.ts, which
// names its area and its pages, is found by itself; router, sidebar and palette all read it.
import type { Component } from 'svelte';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loader = () => Promise<{ default: Component<any> }>;

export interface AreaPage {
  path: string;
  /** Its name in the sidebar; a page reached from others only has none. */
  title?: () => string;
  load: Loader;
  /** What the last part of the address is handed over as, where the page is about one thing. */
  about?: string;
  /** It stands where an analysis has its address; with ?run= or ?settings= that one opens. */
  before?: boolean;
}

const found = Object.values(import.meta.glob<{ area: string; pages: AreaPage[] }>('../*/pages.ts', { eager: true }));

/** The pages of an area that have a name, in the order they stand. */
export const pagesOf = (area: string) =>
  found.flatMap((one) => (one.area === area ? one.pages : [])).flatMap(({ title, path }) => (title ? [{ title: title(), path }] : []));

/** The page an address means, and what it is about. Analyses have addresses of their own: a page
 *  called like one stands before it. */
export function pageAt(parts: string[], toAnalysis: boolean): { page: AreaPage; props: Record<string, string> } | null {
  for (const page of found.flatMap((one) => one.pages)) {
    const own = page.path.split('/').filter(Boolean);
    const rest = parts.slice(own.length);
    if (!own.every((part, i) => part === parts[i]) || rest.length !== (page.about ? 1 : 0)) continue;
    if (page.before && toAnalysis) continue;
    return { page, props: page.about ? { [page.about]: rest[0] ?? '' } : {} };
  }
  return null;
}
