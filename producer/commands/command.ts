import type { ZodObject, ZodType, z } from 'zod';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { Identity } from './identity';

/** What a request looks like once it has been validated. */
export interface CommandInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What of the views a command changes, for clients that want to see it. */
export type Resource =
  | { readonly kind: 'book' }
  | { readonly kind: 'copy'; readonly copyId: string }
  | { readonly kind: 'reservation'; readonly reservationId: string };

/**
 * One thing that clients may ask for. Whether it can be granted is not decided here: a command only says what was asked,
 * as an event, and the order of the stream decides the rest.
 */
export interface Command<
  P extends ZodObject = ZodObject,
  Q extends ZodObject = ZodObject,
  B extends ZodType = ZodType,
> {
  readonly method: 'put' | 'post' | 'delete';
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** `staff`: not for patrons. Absent: patrons may, for themselves (`actor`). */
  readonly access?: 'staff';
  readonly params: P;
  readonly query: Q;
  readonly body?: B;
  readonly bodyExample?: z.input<B>;
  /** The user that a request acts for; null = the library. Only asked where patrons have access. */
  actor?(input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>): string | null;
  /** What a client sees that waits for the outcome. */
  readonly resource: Resource['kind'];
  /** Pure: the same input, identity and time make the same event. */
  toEvent(
    input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>,
    identity: Identity,
    occurredAt: number,
  ): LibraryEvent;
  /** The path of what is made; absent where nothing is that has one. */
  location?(input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>, identity: Identity): string;
}

/** Gives a command its types from its own schemas and forgets them again, so that commands fit into one list. */
export function defineCommand<P extends ZodObject, Q extends ZodObject, B extends ZodType>(
  command: Command<P, Q, B>,
): Command {
  return command as unknown as Command;
}
