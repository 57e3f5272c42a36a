import { v5, v7 } from 'uuid';
import { ANONYMOUS } from '../../infra/http/access';
import type { Caller } from '../../infra/http/route';

/** The IDs of the things that a request creates. They do not change from one access to the next. */
export interface Identity {
  readonly eventId: string;
  readonly reservationId: string;
}

/** A request with an idempotency key: a repeat of it gets the same IDs. */
export interface KeyedRequest {
  readonly idempotencyKey: string;
  readonly caller: Caller;
  /** Method and path template. */
  readonly operation: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Query parameters; empty where there are none. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

// Never change these: repeats of old requests would get other IDs.
const EVENTS = '0b8c5f6e-6f0b-4f0c-9a52-3d3f5a0f7a11';
const RESERVATIONS = '7f3f0c1a-52c4-4f43-8a0e-b1a9a1b0f0d6';

class FreshIdentity implements Identity {
  private ownReservationId: string | undefined;
  readonly eventId = v7();

  get reservationId(): string {
    return (this.ownReservationId ??= v7());
  }
}

/** New IDs, ascending with time (UUIDv7). */
export function freshIdentity(): Identity {
  return new FreshIdentity();
}

/**
 * The key space of a caller: the same idempotency key of two callers is two keys. Without authentication all callers share
 * one.
 */
export function keySpaceOf({ role, name }: Caller): string {
  return role === ANONYMOUS.role ? '' : `${role}:${name}`;
}

/** JSON with the keys of objects in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * The content of a request with an Idempotency-Key, as text: requests that differ in anything but the key and the caller
 * have different texts.
 */
export function meaningOf({ operation, params, query, body }: KeyedRequest): string {
  const parts = [operation, params, body ?? null];
  // Requests without a query have the texts, and so the IDs, that they had before the query counted.
  return canonicalJson(Object.keys(query).length === 0 ? parts : [...parts, query]);
}

/**
 * IDs derived from the request alone (UUIDv5): a repeat gets the same ones from any instance, at any later time, without
 * stored state.
 */
export function keyedIdentity(request: KeyedRequest): Identity {
  const name = JSON.stringify([keySpaceOf(request.caller), request.idempotencyKey, meaningOf(request)]);
  return { eventId: v5(name, EVENTS), reservationId: v5(name, RESERVATIONS) };
}
