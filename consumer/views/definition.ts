import type { Pool, PoolClient } from 'pg';
import type { Position } from '../../infra/event-log/log';
import type { AnyEvent, EventSet } from '../../schemas/event-set';
import type { Outcome } from '../../schemas/generated/events';
import type { Rules } from '../domain/decide';
import type { BulkFold } from '../projector/bulk-fold';
import type { Projection } from '../projector/projection';
import type { ViewTable } from '../projector/table';

/** The rules that counted when the event at a position was first projected. */
export type RulesAt = (position: Position) => Rules;

/** The rules of a projection, by position: they may be the same for all. */
export const rulesAtOf = (rules: Rules | RulesAt): RulesAt =>
  typeof rules === 'function' ? rules : () => rules;

/** How a view is projected: by its role from now on, by a replay, or by a retry of dead letters. */
export interface ProjectionOptions {
  /** Its `search_path` is the schema of the view. */
  readonly pool: Pool;
  readonly topic: string;
  /** The rules from now on, which a view may record for replays; or those that were recorded. */
  readonly rules: Rules | RulesAt;
  /** How old an outcome may be for its notice to be delivered, in milliseconds. */
  readonly noticeMaxAge: number;
  /**
   * Whether what follows from the event at a position (outcomes, notices) is published; default: for each event. A replay
   * does not publish again what the live view has published.
   */
  readonly publishes?: (position: Position) => boolean;
  /** Called when a batch is stored that may have something to publish. @param outcomes what it has put into the outbox */
  readonly onStored?: (outcomes?: StoredOutcomes) => void;
}

/** An outcome to be published, with the offset of its event, and its number among the outcomes of that event. */
export interface OutboxEntry {
  readonly offset: number;
  readonly seq: number;
  readonly outcome: Outcome;
  /** The trace of its event. */
  readonly traceparent?: string | undefined;
}

/** A row of the outbox, with what it holds. */
export interface StoredOutcomes {
  readonly partition: number;
  readonly row: string;
  readonly entries: readonly OutboxEntry[];
}

/** A rebuilt view that is about to replace the live one. */
export interface Takeover {
  /** The schema of the rebuilt view, quoted. */
  readonly scratch: string;
  /** Where the live view stands, by partition. It does not move meanwhile. */
  readonly live: ReadonlyMap<number, number>;
}

/** The live view has changed so that a rebuilt one can never replace it: it has to be rebuilt anew. */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError';
}

/** A view: all that the rest of the platform has to know of it. `all-views.ts` lists them. */
export interface ViewDefinition<E extends AnyEvent = AnyEvent, Name extends string = string> {
  /** Also the name of its consumer, and of the role that projects it. */
  readonly name: Name;
  /** The events that it reads: those of the topic of the same name. */
  readonly events: EventSet<E>;
  /** The tables that a rebuild replaces and `verify` compares. All of them have a `book_id`. */
  readonly tables: readonly ViewTable[];
  /** Tables that are of no use to people who read the view: they are not part of the views of the past. */
  readonly internalTables?: readonly string[];
  /**
   * Called before each attempt to replace the live tables, while they are in use: carries over what is on no topic and would
   * take long. The last call comes right before `carryOver`, when the rebuilt tables do not change any more.
   * @param scratch the schema of the rebuilt view, quoted
   * @param since what the call before returned; undefined the first time
   * @returns the time of the database at which the call began, as it writes it
   */
  carryAhead?(pool: Pool, scratch: string, since: string | undefined): Promise<string>;
  /**
   * Called in the transaction in which the rebuilt tables replace the live ones, while these are locked, so it must not take
   * long: carries over the rest of what is on no topic, in either direction.
   * @throws {OutdatedError} when the rebuilt view cannot replace the live one
   */
  carryOver?(client: PoolClient, takeover: Takeover): Promise<void>;
  /**
   * Called when the view as it was at a time is projected: completes it from the live one.
   * @param scratch its schema, quoted
   * @param time ISO 8601
   */
  completePast?(pool: Pool, scratch: string, time: string): Promise<void>;
  /** Whether another view reads the same events, and publishes the dead letters of records that cannot be decoded. */
  readonly ignoreUndecodable?: boolean;
  createProjection(options: ProjectionOptions): Projection<E>;
  /** How a replay projects what was published long ago; absent: as all else. See `fillInBulk`. */
  createBulkFold?(rulesAt: RulesAt): BulkFold<E>;
}

/** Checks a definition against its own events; from here on views of different events are handled alike. */
export function defineView<E extends AnyEvent, Name extends string>(
  definition: ViewDefinition<E, Name>,
): ViewDefinition<AnyEvent, Name> {
  return definition;
}
