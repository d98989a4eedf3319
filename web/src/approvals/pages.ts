// What waits for one, and the signing matrix at work; see ../lib/areas.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Approvals';

export const pages: AreaPage[] = [
  { path: '/inbox', title: () => m.inbox.nav, load: () => import('./InboxPage.svelte') },
  { path: '/signers', title: () => m.signers.nav, load: () => import('./SignersPage.svelte') },
];
