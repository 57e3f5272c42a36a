import { useEffect, useState } from 'preact/hooks';

/** How callers of this API authenticate, as the server has told the page. */
export const authMode = (document.documentElement.dataset['auth'] ?? 'none') as 'none' | 'tokens' | 'jwt';

/** Who sits before the page. Kept for the tab alone: terminals of a library are shared. */
export interface Session {
  /** The library card number that is acted for; for patrons with a token, their own. */
  readonly card: string;
  /** Empty: none. */
  readonly token: string;
}

const KEY = 'library.session';
const NOBODY: Session = { card: '', token: '' };
const listeners = new Set<() => void>();
let session = stored();

function stored(): Session {
  try {
    return { ...NOBODY, ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>) };
  } catch {
    return NOBODY;
  }
}

export const currentSession = (): Session => session;

/** Changes who sits before the page. */
export function changeSession(change: Partial<Session>): void {
  session = { ...session, ...change };
  sessionStorage.setItem(KEY, JSON.stringify(session));
  for (const listener of listeners) listener();
}

/** The session, and again when it changes. */
export function useSession(): Session {
  const [now, setNow] = useState(session);
  useEffect(() => {
    const listener = () => setNow(session);
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return now;
}
