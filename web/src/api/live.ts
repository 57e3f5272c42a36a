import { EventSource } from 'eventsource';
import { useEffect, useRef, useState } from 'preact/hooks';
import { authMode, currentSession, useSession } from './session';

export const OUTCOME_TYPES = [
  'ReservationReady',
  'ReservationWaitlisted',
  'ReservationFulfilled',
  'ReservationClosed',
  'ReservationRejected',
] as const;

/** What a reservation came to, as `GET /v1/events` streams it. */
export interface Outcome {
  readonly type: (typeof OUTCOME_TYPES)[number];
  readonly eventId: string;
  readonly occurredAt: string;
  readonly bookId: string;
  readonly reservationId: string;
  readonly userId: string | null;
  readonly copyId?: string;
  readonly pickupBy?: string;
  readonly queuePosition?: number;
  readonly status?: string;
  readonly code?: string;
}

export interface LiveOptions {
  readonly bookId?: string;
  readonly userId?: string;
}

const withToken: typeof fetch = (url, init) => {
  const { token } = currentSession();
  const headers = {
    ...(init?.headers as Record<string, string>),
    ...(token && { authorization: `Bearer ${token}` }),
  };
  return fetch(url, { ...init, headers });
};

/**
 * Follows outcomes for as long as the component is there; it resumes without loss after a broken connection.
 * @param options null: follows nothing
 * @param onOutcome called for each, in order for each book; some may come twice after a broken connection
 * @returns whether the stream is connected
 */
export function useLive(options: LiveOptions | null, onOutcome: (outcome: Outcome) => void): boolean {
  const [connected, setConnected] = useState(false);
  const { token } = useSession();
  const latest = useRef(onOutcome);
  latest.current = onOutcome;
  const query = options && new URLSearchParams({ ...options }).toString();
  useEffect(() => {
    if (query === null || (authMode !== 'none' && !token)) return;
    const source = new EventSource(`/v1/events?${query}`, { fetch: withToken as never });
    source.onopen = () => setConnected(true);
    source.onerror = () => setConnected(false);
    for (const type of OUTCOME_TYPES) {
      source.addEventListener(type, (event) => latest.current(JSON.parse(event.data as string) as Outcome));
    }
    return () => source.close();
  }, [query, token]);
  return connected;
}
