// The places of the app: what the sidebar, the palette and the "g" keys all read.
import { pagesOf } from './areas';
import { areas } from './home.svelte';
import { m } from './messages.svelte';
import { officeAreas } from './office.svelte';
import { analysisPath } from './router.svelte';

export interface Place {
  title: string;
  path: string;
  icon: string;
  letter: string;
}

export interface Group {
  title: string;
  places: Place[];
}

/** Everything one can go to, by group, each with the letter that follows "g". */
export function groups(): Group[] {
  const fixed: Group[] = [
    {
      title: m.nav.data,
      places: [
        { title: m.nav.bank, path: '/data', icon: 'data', letter: 'b' },
        { title: m.nav.import, path: '/data/import', icon: 'import', letter: 'i' },
      ],
    },
    { title: m.nav.work, places: [{ title: m.nav.runs, path: '/runs', icon: 'runs', letter: 'r' }] },
  ];
  const taken = new Set(fixed.flatMap((g) => g.places.map((p) => p.letter)));
  const fromRegistry = areas().map((area) => ({
    title: area.name,
    places: [
      ...pagesOf(area.name).map((place) => ({ ...place, icon: area.name })),
      ...area.analyses.map((analysis) => ({ title: analysis.title, path: analysisPath(analysis.id), icon: area.name })),
    ].map((place) => ({ ...place, letter: freeLetter(`${area.name}${place.title}`, taken) })),
  }));
  const fromOffice = officeAreas().map((area) => ({
    title: area.name,
    places: [
      ...pagesOf(area.name).map((place) => ({ ...place, icon: area.name })),
      ...area.entities.map((entity) => ({ title: entity.plural, path: `/office/${entity.name}`, icon: area.name })),
    ].map((place) => ({ ...place, letter: freeLetter(`${area.name}${place.title}`, taken) })),
  }));
  return [...fromRegistry, ...fromOffice, ...fixed];
}

function freeLetter(words: string, taken: Set<string>): string {
  for (const letter of words.toLowerCase().replace(/[^a-z]/g, '')) {
    if (!taken.has(letter)) {
      taken.add(letter);
      return letter;
    }
  }
  return '';
}
