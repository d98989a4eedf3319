// The pages of the area Customers; see ../lib/areas.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Customers';

export const pages: AreaPage[] = [
  { path: '/customers', title: () => m.customers.nav, load: () => import('./HomePage.svelte') },
  { path: '/customers/list', load: () => import('./ListPage.svelte') },
  { path: '/customers/lists', title: () => m.lists.nav, load: () => import('./ListsPage.svelte') },
  { path: '/customers/customer', load: () => import('./CardPage.svelte'), about: 'customer' },
  { path: '/customers/segments', before: true, load: () => import('./SegmentsPage.svelte') },
  { path: '/customers/cohorts', before: true, load: () => import('./CohortsPage.svelte') },
];
