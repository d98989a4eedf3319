// The message catalogue in use. English is built in; another language is one more file
// in messages/ with the same keys, fetched when the workspace asks for it.
import { en, type Messages } from '../messages/en';

const catalogues = import.meta.glob<{ default: Messages }>(['../messages/*.ts', '!../messages/en.ts']);

const state = $state({ catalogue: en as Messages, language: 'en' });

/** The texts of the language in use: `m.area.key`. */
export const m: Messages = new Proxy({} as Messages, {
  get: (_, key) => state.catalogue[key as keyof Messages],
});

export async function useLanguage(language: string): Promise<void> {
  const load = catalogues[`../messages/${language}.ts`];
  if (load) state.catalogue = (await load()).default;
  state.language = language;
  document.documentElement.lang = load ? language : 'en';
}

/** The language numbers and dates are written in. */
export const locale = () => (state.language === 'en' ? 'en-GB' : state.language);
