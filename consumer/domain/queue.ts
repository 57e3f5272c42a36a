import type { Reservation } from './book';

/** How many tickets are counted together. */
const BLOCK = 128;
/** Queues up to this length have no marks: to count them is as cheap. */
const SHORT = 256;
const MOST_MARKS = 512;

/** How many wait in front of some tickets: with them a place is found without counting from the head. */
export interface QueueMarks {
  /** Ascending. The first one is not above that of anybody who waits. */
  readonly tickets: readonly number[];
  /** For each of them, how many wait whose tickets are smaller. */
  readonly places: readonly number[];
}

/**
 * Who waits for a book, whatever the length of the queue: the head of it, and how many wait in each part of it.
 *
 * The heap holds those who wait and are not suspended, by their tickets. Whoever ceased to wait stays in it until they come to the
 * head, or until they are the most.
 */
export class Queue {
  private heap: Reservation[] = [];
  private readonly counts = new Map<number, number>();
  private length = 0;

  /** Called with a reservation that waits from now on, or waits otherwise than before. */
  enter(reservation: Reservation, open: ReadonlyMap<string, Reservation>): void {
    this.count(reservation.ticket, 1);
    if (reservation.suspended) return;
    if (this.heap.length > 2 * this.length + BLOCK) this.sweep(open);
    this.push(reservation);
  }

  /** Called with a reservation as it was until now: it has waited. */
  leave({ ticket }: Reservation): void {
    this.count(ticket, -1);
  }

  /** The waiting reservation with the smallest ticket that is not suspended. @param open the open reservations, as they are now */
  head(open: ReadonlyMap<string, Reservation>): Reservation | undefined {
    for (;;) {
      const [first] = this.heap;
      if (!first || open.get(first.reservationId) === first) return first;
      this.pop();
    }
  }

  /** Whether it has marks. */
  get isLong(): boolean {
    return this.length > SHORT;
  }

  /** Undefined for a short queue. The same for all queues in which the same tickets wait. */
  marks(): QueueMarks | undefined {
    if (!this.isLong) return undefined;
    const step = Math.ceil(this.length / MOST_MARKS);
    const tickets: number[] = [];
    const places: number[] = [];
    let place = 0;
    for (const block of [...this.counts.keys()].sort((a, b) => a - b)) {
      if (tickets.length === 0 || place - places.at(-1)! >= step) {
        tickets.push(block * BLOCK);
        places.push(place);
      }
      place += this.counts.get(block)!;
    }
    return { tickets, places };
  }

  private count(ticket: number, change: number): void {
    this.length += change;
    const block = Math.floor(ticket / BLOCK);
    const count = (this.counts.get(block) ?? 0) + change;
    if (count === 0) this.counts.delete(block);
    else this.counts.set(block, count);
  }

  private sweep(open: ReadonlyMap<string, Reservation>): void {
    // What is sorted is a heap.
    this.heap = this.heap
      .filter((each) => open.get(each.reservationId) === each)
      .sort((a, b) => a.ticket - b.ticket);
  }

  private push(reservation: Reservation): void {
    const { heap } = this;
    let at = heap.push(reservation) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.ticket <= reservation.ticket) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = reservation;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]!.ticket < heap[child]!.ticket) child += 1;
      if (child >= heap.length || heap[child]!.ticket >= last.ticket) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
