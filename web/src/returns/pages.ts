// The pages of the area Return; see ../lib/areas.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Return';

export const pages: AreaPage[] = [
  { path: '/returns', title: () => m.returns.nav, load: () => import('./HomePage.svelte') },
  { path: '/returns/planner', title: () => m.spending.nav, load: () => import('./PlannerPage.svelte') },
  { path: '/returns/tests', title: () => m.tests.nav, load: () => import('./TestsPage.svelte') },
  { path: '/returns/summary', title: () => m.returns.summaryNav, load: () => import('./SummaryPage.svelte') },
];
