// One's own account and the log; see ../lib/areas.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Administration';

export const pages: AreaPage[] = [
  { path: '/account', title: () => m.account.nav, load: () => import('./AccountPage.svelte') },
  { path: '/log', title: () => m.log.nav, load: () => import('./LogPage.svelte') },
];
