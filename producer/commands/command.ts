import type { ZodObject, ZodType, z } from 'zod';
import type { Access } from '../../infra/http/access';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { Identity } from './identity';

/** A request after validation. */
export interface CommandInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** The resource that a command changes: the answer to clients that wait for the outcome. */
export type Resource =
  | { readonly kind: 'book' }
  | { readonly kind: 'copy'; readonly copyId: string }
  | { readonly kind: 'reservation'; readonly reservationId: string };

/**
 * One request type of the write side. A command turns a request into an event, and does not decide whether it takes
 * effect: that follows from the order of the stream.
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
  /** From the table of access, with method and path (`endpoint`). */
  readonly access: Access;
  readonly params: P;
  readonly query: Q;
  readonly body?: B;
  readonly bodyExample?: z.input<B>;
  /**
   * The user that a request acts for; null = the query does not say, `userId` there does. Only commands that patrons have access
   * to need it.
   */
  actor?(input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>): string | null;
  /** The kind of resource in the answer to a client that waits for the outcome. */
  readonly resource: Resource['kind'];
  /** Pure: the same input, identity and time give the same event. */
  toEvent(
    input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>,
    identity: Identity,
    occurredAt: number,
  ): LibraryEvent;
  /** The path of the created resource; absent where the command creates none. */
  location?(input: CommandInput<z.output<P>, z.output<Q>, z.output<B>>, identity: Identity): string;
}

/** Checks a command's types against its own schemas and then erases them, so that commands fit into one list. */
export function defineCommand<P extends ZodObject, Q extends ZodObject, B extends ZodType>(
  command: Command<P, Q, B>,
): Command {
  return command as unknown as Command;
}
