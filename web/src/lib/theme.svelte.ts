// Light or dark: what the system says, or what was chosen here and remembered.

export type Theme = 'system' | 'light' | 'dark';

const key = 'kemudi.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function remembered(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

const state = $state({ choice: remembered(), systemDark: system.matches });

system.addEventListener('change', (e) => {
  state.systemDark = e.matches;
  apply();
});

function apply() {
  document.documentElement.dataset.theme = theme.shown;
}

export const theme = {
  get choice() {
    return state.choice;
  },
  get shown(): 'light' | 'dark' {
    if (state.choice !== 'system') return state.choice;
    return state.systemDark ? 'dark' : 'light';
  },
  set(choice: Theme) {
    state.choice = choice;
    try {
      if (choice === 'system') localStorage.removeItem(key);
      else localStorage.setItem(key, choice);
    } catch {
      /* a browser that keeps nothing still changes its colours for this visit */
    }
    apply();
  },
  toggle() {
    theme.set(theme.shown === 'dark' ? 'light' : 'dark');
  },
};

apply();
