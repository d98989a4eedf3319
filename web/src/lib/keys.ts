// Keys that work on every page: Ctrl/Cmd+K, "g" then a letter, "?", "t".

interface Actions {
  palette: () => void;
  help: () => void;
  theme: () => void;
  go: (letter: string) => boolean;
}

function isTyping(target: EventTarget | null): boolean {
  const at = target as HTMLElement | null;
  return !!at?.closest('input, textarea, select, [contenteditable], [role="combobox"]');
}

export function listenToKeys(actions: Actions): () => void {
  let afterG = 0;
  const onKey = (e: KeyboardEvent) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
      e.preventDefault();
      actions.palette();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('dialog[open]')) return;
    if (afterG && performance.now() - afterG < 1500) {
      afterG = 0;
      if (actions.go(e.key.toLowerCase())) e.preventDefault();
      return;
    }
    if (e.key === 'g') afterG = performance.now();
    else if (e.key === '?') actions.help();
    else if (e.key === 't') actions.theme();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
