// Where we are: the path and the query of the address, as reactive state. Links are
// plain anchors; clicks on those that stay on this site are caught once, at the top.

const state = $state({ path: location.pathname, search: location.search });

function sync() {
  state.path = location.pathname;
  state.search = location.search;
}

addEventListener('popstate', sync);

export const route = {
  get path() {
    return state.path;
  },
  get query() {
    return new URLSearchParams(state.search);
  },
};

export function go(to: string, { replace = false, keepScroll = false } = {}): void {
  const next = new URL(to, location.href);
  const same = next.pathname === location.pathname;
  if (next.pathname + next.search === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', next);
  sync();
  if (!same && !keepScroll) {
    document.getElementById('main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

/** Changes single values of the query and leaves the rest; null takes one out. */
export function setQuery(values: Record<string, string | null>, replace = true): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : ''), { replace, keepScroll: true });
}

export function catchLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/') || link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export const analysisPath = (id: string) => `/${id.split('.').map(encodeURIComponent).join('/')}`;
