// The organisation on a day, as the chart draws it.
import type { Item } from '../lib/office.svelte';

export interface Seat {
  position: Item;
  holders: { assignment: Item; away: Item | null; deputies: Item[] }[];
}

export interface Node {
  unit: Item;
  positions: Seat[];
  below: Node[];
}
