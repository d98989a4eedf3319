// The pages of the office; see ../lib/areas. Lists and records of all kinds share two of them.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Organisation';

export const pages: AreaPage[] = [
  { path: '/office/chart', title: () => m.orgchart.nav, load: () => import('./ChartPage.svelte') },
  { path: '/office/record', load: () => import('./RecordPage.svelte'), about: 'record' },
  { path: '/office', load: () => import('./ListPage.svelte'), about: 'name' },
];
