// Made by schemas/generate.ts from schemas/avsc: change those, then run it again.
import type { EventSet } from '../event-set';

/** A book is in the catalogue from now on; for a book that is there already: its description is this from now on. */
export interface BookCatalogued {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The title, as shown to readers. */
  readonly title: string;
  /** The authors in the order of the title page; empty where none is known. */
  readonly authors: readonly string[];
  /** The ISBN as it was given; null where there is none. */
  readonly isbn: string | null;
  /** The year of publication; null where it is not known. */
  readonly year: number | null;
}

/** A user asked for a book. What the request comes to (a copy set aside, a place in the queue, a refusal) follows from the stream, and is told on the topic of outcomes. */
export interface BookReserved {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** Names the reservation for ever; chosen by whoever reserves. */
  readonly reservationId: string;
  /** The user who wants the book. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
}

/** The library has one more copy of a book to lend. A withdrawn copy may be added again. */
export interface CopyAdded {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book. */
  readonly copyId: string;
}

/** A user left the library with a copy. */
export interface CopyBorrowed {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book. */
  readonly copyId: string;
  /** Who borrowed it. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
}

/** A copy that was on loan came back. */
export interface CopyReturned {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book. */
  readonly copyId: string;
}

/** A copy is no longer lent: lost, worn out or given away. A loan of it ends with this. */
export interface CopyWithdrawn {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book. */
  readonly copyId: string;
}

/** A reservation is given up, by the user or by the library. */
export interface ReservationCancelled {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string | null;
  /** Why, for people or as a code such as limit-reached; null where none was given. */
  readonly reason: string | null;
}

/** The pickup window of a reservation has passed and the copy was not collected. */
export interface ReservationExpired {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The window that ended, by its end as it was told to the user, milliseconds since the epoch, UTC. In another window of the reservation this has no effect; null: any window. */
  readonly pickupBy: number | null;
  /** The same window by its beginning: occurredAt of the event that set a copy aside, milliseconds since the epoch, UTC. Where it is given it counts instead of pickupBy, since it does not depend on how long windows are; null: not given. */
  readonly readySince: number | null;
}

/** A suspended reservation takes part again, at the place that it kept. */
export interface ReservationResumed {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string | null;
}

/** A reservation keeps its place in the queue and is passed over until it is resumed. A copy set aside for it goes to the next. */
export interface ReservationSuspended {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string | null;
}

/** What happened: the events on the topic of reservations. */
export type LibraryEvent =
  | ({ readonly type: 'BookCatalogued' } & BookCatalogued)
  | ({ readonly type: 'BookReserved' } & BookReserved)
  | ({ readonly type: 'CopyAdded' } & CopyAdded)
  | ({ readonly type: 'CopyBorrowed' } & CopyBorrowed)
  | ({ readonly type: 'CopyReturned' } & CopyReturned)
  | ({ readonly type: 'CopyWithdrawn' } & CopyWithdrawn)
  | ({ readonly type: 'ReservationCancelled' } & ReservationCancelled)
  | ({ readonly type: 'ReservationExpired' } & ReservationExpired)
  | ({ readonly type: 'ReservationResumed' } & ReservationResumed)
  | ({ readonly type: 'ReservationSuspended' } & ReservationSuspended);

export const LIBRARY_EVENT_TYPES = [
  'BookCatalogued',
  'BookReserved',
  'CopyAdded',
  'CopyBorrowed',
  'CopyReturned',
  'CopyWithdrawn',
  'ReservationCancelled',
  'ReservationExpired',
  'ReservationResumed',
  'ReservationSuspended',
] as const satisfies readonly LibraryEvent['type'][];

export const LIBRARY_EVENTS: EventSet<LibraryEvent> = {
  name: 'reservations',
  schemas: {
    BookCatalogued: {"type":"record","name":"BookCatalogued","namespace":"library","doc":"A book is in the catalogue from now on; for a book that is there already: its description is this from now on.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"title","type":"string","doc":"The title, as shown to readers."},{"name":"authors","type":{"type":"array","items":"string"},"default":[],"doc":"The authors in the order of the title page; empty where none is known."},{"name":"isbn","type":["null","string"],"default":null,"doc":"The ISBN as it was given; null where there is none."},{"name":"year","type":["null","int"],"default":null,"doc":"The year of publication; null where it is not known."}]},
    BookReserved: {"type":"record","name":"BookReserved","namespace":"library","doc":"A user asked for a book. What the request comes to (a copy set aside, a place in the queue, a refusal) follows from the stream, and is told on the topic of outcomes.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"Names the reservation for ever; chosen by whoever reserves."},{"name":"userId","type":"string","doc":"The user who wants the book. Matches [A-Za-z0-9._~-]{1,64}."}]},
    CopyAdded: {"type":"record","name":"CopyAdded","namespace":"library","doc":"The library has one more copy of a book to lend. A withdrawn copy may be added again.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book."}]},
    CopyBorrowed: {"type":"record","name":"CopyBorrowed","namespace":"library","doc":"A user left the library with a copy.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book."},{"name":"userId","type":"string","doc":"Who borrowed it. Matches [A-Za-z0-9._~-]{1,64}."}]},
    CopyReturned: {"type":"record","name":"CopyReturned","namespace":"library","doc":"A copy that was on loan came back.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book."}]},
    CopyWithdrawn: {"type":"record","name":"CopyWithdrawn","namespace":"library","doc":"A copy is no longer lent: lost, worn out or given away. A loan of it ends with this.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy of the book. Matches [A-Za-z0-9._~-]{1,64}; unique within its book."}]},
    ReservationCancelled: {"type":"record","name":"ReservationCancelled","namespace":"library","doc":"A reservation is given up, by the user or by the library.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":["null","string"],"default":null,"doc":"Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reason","type":["null","string"],"default":null,"doc":"Why, for people or as a code such as limit-reached; null where none was given."}]},
    ReservationExpired: {"type":"record","name":"ReservationExpired","namespace":"library","doc":"The pickup window of a reservation has passed and the copy was not collected.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"pickupBy","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null,"doc":"The window that ended, by its end as it was told to the user, milliseconds since the epoch, UTC. In another window of the reservation this has no effect; null: any window."},{"name":"readySince","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null,"doc":"The same window by its beginning: occurredAt of the event that set a copy aside, milliseconds since the epoch, UTC. Where it is given it counts instead of pickupBy, since it does not depend on how long windows are; null: not given."}]},
    ReservationResumed: {"type":"record","name":"ReservationResumed","namespace":"library","doc":"A suspended reservation takes part again, at the place that it kept.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":["null","string"],"default":null,"doc":"Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}."}]},
    ReservationSuspended: {"type":"record","name":"ReservationSuspended","namespace":"library","doc":"A reservation keeps its place in the queue and is passed over until it is resumed. A copy set aside for it goes to the next.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":["null","string"],"default":null,"doc":"Who asked for it; null: the library's staff or one of its rules. Matches [A-Za-z0-9._~-]{1,64}."}]},
  },
};

/** A reservation ended without a loan. */
export interface ReservationClosed {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The user who reserved. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
  /** How it ended: cancelled or expired. A reader takes a word that it does not know for some other end. */
  readonly status: string;
  /** Why, where a reason was given; else null. */
  readonly reason: string | null;
}

/** The user borrowed the book: the reservation has come to its good end. */
export interface ReservationFulfilled {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The user who reserved. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
  /** The copy that was borrowed. */
  readonly copyId: string;
}

/** A copy is set aside for a reservation: the user can collect it. */
export interface ReservationReady {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The user who reserved. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
  /** The copy that is set aside. */
  readonly copyId: string;
  /** Until when it is kept for the user, milliseconds since the epoch, UTC. */
  readonly pickupBy: number;
}

/** A request to reserve was refused. The reservation is closed from the start. */
export interface ReservationRejected {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The user who reserved. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
  /** Why, as a code: unknown-book, already-reserved, already-borrowed or limit-reached; readers must expect new ones. */
  readonly code: string;
}

/** No copy is free for a reservation: it waits, first come, first served. */
export interface ReservationWaitlisted {
  /** Names this event for ever. The same eventId twice is one event. */
  readonly eventId: string;
  /** When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks. */
  readonly occurredAt: number;
  /** The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly bookId: string;
  /** The reservation that this is about. */
  readonly reservationId: string;
  /** The user who reserved. Matches [A-Za-z0-9._~-]{1,64}. */
  readonly userId: string;
  /** The place in the queue when this happened; 1 is next. */
  readonly queuePosition: number;
}

/** What became of it: the events on the topic of outcomes. */
export type Outcome =
  | ({ readonly type: 'ReservationClosed' } & ReservationClosed)
  | ({ readonly type: 'ReservationFulfilled' } & ReservationFulfilled)
  | ({ readonly type: 'ReservationReady' } & ReservationReady)
  | ({ readonly type: 'ReservationRejected' } & ReservationRejected)
  | ({ readonly type: 'ReservationWaitlisted' } & ReservationWaitlisted);

export const OUTCOME_TYPES = [
  'ReservationClosed',
  'ReservationFulfilled',
  'ReservationReady',
  'ReservationRejected',
  'ReservationWaitlisted',
] as const satisfies readonly Outcome['type'][];

export const OUTCOMES: EventSet<Outcome> = {
  name: 'outcomes',
  schemas: {
    ReservationClosed: {"type":"record","name":"ReservationClosed","namespace":"library","doc":"A reservation ended without a loan.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":"string","doc":"The user who reserved. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"status","type":"string","doc":"How it ended: cancelled or expired. A reader takes a word that it does not know for some other end."},{"name":"reason","type":["null","string"],"default":null,"doc":"Why, where a reason was given; else null."}]},
    ReservationFulfilled: {"type":"record","name":"ReservationFulfilled","namespace":"library","doc":"The user borrowed the book: the reservation has come to its good end.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":"string","doc":"The user who reserved. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy that was borrowed."}]},
    ReservationReady: {"type":"record","name":"ReservationReady","namespace":"library","doc":"A copy is set aside for a reservation: the user can collect it.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":"string","doc":"The user who reserved. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"copyId","type":"string","doc":"The copy that is set aside."},{"name":"pickupBy","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Until when it is kept for the user, milliseconds since the epoch, UTC."}]},
    ReservationRejected: {"type":"record","name":"ReservationRejected","namespace":"library","doc":"A request to reserve was refused. The reservation is closed from the start.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":"string","doc":"The user who reserved. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"code","type":"string","doc":"Why, as a code: unknown-book, already-reserved, already-borrowed or limit-reached; readers must expect new ones."}]},
    ReservationWaitlisted: {"type":"record","name":"ReservationWaitlisted","namespace":"library","doc":"No copy is free for a reservation: it waits, first come, first served.","fields":[{"name":"eventId","type":{"type":"string","logicalType":"uuid"},"doc":"Names this event for ever. The same eventId twice is one event."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, milliseconds since the epoch, UTC. Information only: the order of the stream decides, never clocks."},{"name":"bookId","type":"string","doc":"The book, and the key of the record. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"reservationId","type":{"type":"string","logicalType":"uuid"},"doc":"The reservation that this is about."},{"name":"userId","type":"string","doc":"The user who reserved. Matches [A-Za-z0-9._~-]{1,64}."},{"name":"queuePosition","type":"int","doc":"The place in the queue when this happened; 1 is next."}]},
  },
};
