// The pages of the area Demand; see ../lib/areas.
import type { AreaPage } from '../lib/areas';
import { m } from '../lib/messages.svelte';

export const area = 'Demand';

export const pages: AreaPage[] = [{ path: '/demand', title: () => m.nav.planner, load: () => import('./PlannerPage.svelte') }];
