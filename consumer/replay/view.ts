import type { Pool } from 'pg';
import type { BatchContext, LogBatch, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, EventSetName } from '../../schemas/event-set';
import { LIBRARY_EVENTS, OUTCOMES } from '../../schemas/generated/events';
import type { SchemaRegistry } from '../../schemas/registry/registry';
import { NOTICES, NoticesProjection } from '../notices/projection';
import { BatchProjector } from '../projector/batch-projector';
import type { SetAsideRecord } from '../projector/set-aside-record';
import type { PartitionState } from '../projector/checkpoint';
import type { Projection } from '../projector/projection';
import { DeadLetterRetrier, type RetriedBatch } from '../dead-letters/dead-letter-retrier';
import type { RulesAt } from '../views/availability/fold-batch';
import { AVAILABILITY, AvailabilityProjection } from '../views/availability/projection';
import { DEMAND, DemandProjection } from '../views/demand/projection';

/** A table of a view, for those who compare and move whole views. */
export interface ViewTable {
  readonly name: string;
  /** The columns that follow from the stream, and so are the same in every replay of it. */
  readonly columns: readonly string[];
  /** The column among them that holds the fields of an event: those that are null may be absent. */
  readonly fields?: string;
}

/** The views that can be made anew from a topic. */
export const VIEWS = [AVAILABILITY, DEMAND, NOTICES] as const;

export type ViewName = (typeof VIEWS)[number];

/** What a view is made of. */
export interface View {
  readonly name: ViewName;
  /** Which topic it reads. */
  readonly reads: EventSetName;
  /** Its tables: all of them have a `book_id`. */
  readonly tables: readonly ViewTable[];
  /**
   * The statement that gives the tables in another schema what the live ones hold that is on no topic.
   * @param schema quoted
   */
  readonly carryOver?: (schema: string) => string;
}

const table = (name: string, ...columns: string[]): ViewTable => ({ name, columns });

const DEFINITIONS: Readonly<Record<ViewName, View>> = {
  availability: {
    name: AVAILABILITY,
    reads: 'reservations',
    tables: [
      table(
        'books',
        'book_id',
        'title',
        'authors',
        'isbn',
        'year',
        'total',
        'available',
        'reserved',
        'on_loan',
        'waiting',
      ),
      table('copies', 'book_id', 'copy_id', 'status', 'reservation_id', 'user_id'),
      table(
        'reservations',
        ...[
          'book_id',
          'reservation_id',
          'user_id',
          'status',
          'copy_id',
          'ticket',
          'pickup_by',
          'rejection',
          'suspended',
        ],
        ...['reserved_at', 'updated_at', 'partition', 'offset'],
      ),
      {
        ...table(
          'history',
          'book_id',
          'partition',
          'offset',
          'event_id',
          'type',
          'occurred_at',
          'data',
          'code',
        ),
        // What was stored before an event got a new optional field lacks it.
        fields: 'data',
      },
    ],
  },
  demand: {
    name: DEMAND,
    reads: 'reservations',
    tables: [
      table('demand_daily', 'book_id', 'day', 'reservations', 'cancellations'),
      // The pieces of state hold ends of pickup windows, which depend on settings and which demand does not look at.
      table('demand_state', 'book_id', 'kind', 'id'),
      table('demand_ids', 'id', 'book_id', 'kind'),
    ],
  },
  notices: {
    name: NOTICES,
    reads: 'outcomes',
    // How far a notice has got on its way is not on any topic.
    tables: [table('notices', 'notice_id', 'book_id', 'reservation_id', 'user_id', 'kind', 'details')],
    carryOver: (schema) => `
      UPDATE ${schema}.notices n
         SET status = l.status, attempts = l.attempts, next_attempt_at = l.next_attempt_at, delivered_at = l.delivered_at,
             last_error = l.last_error, created_at = l.created_at
        FROM library.notices l WHERE l.notice_id = n.notice_id`,
  },
};

export function viewOf(name: ViewName): View {
  return DEFINITIONS[name];
}

export interface OpenViewOptions {
  readonly pool: Pool;
  /** The Postgres schema that holds the view. */
  readonly schema: string;
  readonly topic: string;
  readonly partitions: number;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
  /** The rules that counted when the events were first taken. */
  readonly rulesAt: RulesAt;
  /** How old an outcome may be for its notice to be delivered, in milliseconds. */
  readonly noticeMaxAge: number;
  /** Whether what follows from the event at a position is told to others: outcomes, notices. */
  readonly publishes: (position: Position) => boolean;
  /** Records that somebody has decided to leave out, by position. */
  readonly discarded: ReadonlySet<string>;
}

/** A view that is open for events, whichever they are. */
export interface OpenView {
  /** See `Applier`. */
  apply(batch: LogBatch, state: PartitionState, context: BatchContext): Promise<PartitionState>;
  /** See `Reapplier`. */
  retry(
    letters: readonly SetAsideRecord[],
    state: PartitionState,
    context: BatchContext,
  ): Promise<RetriedBatch>;
}

/** Opens a view to take events in, other than by the role that reads on. */
export function openView(name: ViewName, options: OpenViewOptions): OpenView {
  const { pool, schema, topic, rulesAt, noticeMaxAge: maxAge, publishes } = options;
  switch (name) {
    case 'availability':
      return open(
        LIBRARY_EVENTS,
        new AvailabilityProjection({ pool, schema, topic, rules: rulesAt, publishes }),
        options,
      );
    case 'demand': {
      // It counts what took effect; when pickup windows end changes none of it.
      const rules = { pickupWindow: 0 };
      return open(LIBRARY_EVENTS, new DemandProjection({ pool, schema, topic, rules }), options);
    }
    case 'notices':
      return open(OUTCOMES, new NoticesProjection({ pool, schema, topic, maxAge, publishes }), options);
  }
}

function open<E extends AnyEvent>(
  schemas: EventSet<E>,
  projection: Projection<E>,
  { topic, partitions, registry, logger, discarded }: OpenViewOptions,
): OpenView {
  const decoder = createDecoder({ registry, schemas });
  const applier = new BatchProjector({ topic, partitions, projection, decoder, discarded, logger });
  const retrier = new DeadLetterRetrier({ partitions, projection, decoder, logger });
  return {
    apply: (batch, state, context) => applier.apply(batch, state, context),
    retry: (letters, state, context) => retrier.retry(letters, state, context),
  };
}
