// Who is signed in. The server decides everything; this only knows what to show.
import { get, post, remove, Problem } from './api';

export interface Session {
  open: boolean;
  needs: 'nothing' | 'sign-in' | 'first-administrator';
  company: string;
  user: { id: number; name: string } | null;
  person: { id: number; name: string } | null;
  roles: string[];
  stands_in: string[];
  fresh: boolean;
  second_factor: boolean;
  /** One may sign in by the company's own service. */
  service: boolean;
}

interface State {
  now: Session | null;
  /** The session ended while someone was at work: the page stays as it is beneath the sign-in. */
  ended: boolean;
}

export const session: State = $state({ now: null, ended: false });

export async function loadSession(): Promise<void> {
  session.now = await get<Session>('/session');
  session.ended = false;
}

export async function signIn(name: string, password: string, code: string): Promise<void> {
  session.now = await post<Session>('/session', { name, password, ...(code ? { code } : {}) });
  session.ended = false;
}

export async function confirmWho(password: string, code: string): Promise<void> {
  session.now = await post<Session>('/session/confirm', { ...(password ? { password } : {}), ...(code ? { code } : {}) });
}

export async function useLink(link: string, password: string, code: string): Promise<void> {
  session.now = await post<Session>('/session/link', { link, password, ...(code ? { code } : {}) });
  session.ended = false;
}

export async function signOut(): Promise<void> {
  await remove('/session');
  location.assign('/');
}

/** A step that takes a fresh confirmation of who one is. */
export const wantsConfirming = (thrown: unknown) => thrown instanceof Problem && thrown.status === 403 && thrown.where === 'confirm';
