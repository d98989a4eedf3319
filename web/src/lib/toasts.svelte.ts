// Short messages that come and go by themselves.

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

let next = 1;
export const toasts: Toast[] = $state([]);

export function say(text: string, tone: Toast['tone'] = 'good'): void {
  const id = next++;
  toasts.push({ id, text, tone });
  setTimeout(() => {
    const at = toasts.findIndex((t) => t.id === id);
    if (at >= 0) toasts.splice(at, 1);
  }, 6000);
}
