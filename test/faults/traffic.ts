import { ApiClient } from '../e2e/api-client';

const BOOKS = 40;
const USERS = 60;
const COPIES = 3;

interface Accepted {
  readonly eventId: string;
  readonly position: string;
}

/**
 * Continuous requests of readers and staff: they reserve, cancel, borrow and return at random. Records the accepted requests
 * (202) and counts the other answers.
 */
export class Traffic {
  readonly accepted: Accepted[] = [];
  readonly other = new Map<number | string, number>();
  private readonly reservations: { bookId: string; reservationId: string }[] = [];
  private readonly api: ApiClient;
  private stopped = false;
  private running: Promise<unknown> | undefined;
  private random: number;

  constructor(urlOf: () => string, seed = 1) {
    this.api = new ApiClient(urlOf);
    this.random = seed;
  }

  /** Adds books with one to three copies each. */
  async prepare(): Promise<void> {
    for (let i = 0; i < BOOKS; i += 1) {
      await this.note(this.api.put(`/v1/books/book-${i}`, { title: `Book ${i}` }));
      for (let c = 0; c <= i % COPIES; c += 1)
        await this.note(this.api.put(`/v1/books/book-${i}/copies/c${c}`));
    }
  }

  /** Then nothing is ready, and no pickup window can end any more. */
  async withdrawAllCopies(): Promise<void> {
    const copies = Array.from({ length: BOOKS * COPIES }, (_, i) => [i % BOOKS, Math.floor(i / BOOKS)]);
    await Promise.all(
      copies.map(([book, copy]) => this.note(this.api.delete(`/v1/books/book-${book}/copies/c${copy}`))),
    );
  }

  start(clients: number): void {
    this.running = Promise.all(Array.from({ length: clients }, () => this.client()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async client(): Promise<void> {
    while (!this.stopped) await this.note(this.randomRequest());
  }

  private randomRequest(): Promise<{ status: number; body: Record<string, unknown> }> {
    const bookId = `book-${this.pick(BOOKS)}`;
    const what = this.pick(10);
    const userId = `user-${this.pick(USERS)}`;
    if (what < 5) return this.api.post(`/v1/books/${bookId}/reservations`, { userId });
    const copy = `/v1/books/${bookId}/copies/c${this.pick(COPIES)}`;
    if (what === 5) return this.api.post(`${copy}/loans`, { userId });
    if (what === 6) return this.api.post(`${copy}/returns`);
    if (what === 7 && this.pick(5) === 0) return this.api.delete(copy);
    if (what === 7) return this.api.put(copy);
    const known = this.reservations[this.pick(this.reservations.length || 1)];
    if (!known) return this.api.post(`/v1/books/${bookId}/reservations`, { userId });
    return this.api.delete(`/v1/books/${known.bookId}/reservations/${known.reservationId}`);
  }

  private async note(request: Promise<{ status: number; body: Record<string, unknown> }>): Promise<void> {
    try {
      const { status, body } = await request;
      if (status !== 202) return this.count(status);
      this.accepted.push({ eventId: String(body['eventId']), position: String(body['position']) });
      if (typeof body['reservationId'] === 'string' && this.reservations.length < 5_000) {
        this.reservations.push({ bookId: String(body['bookId']), reservationId: body['reservationId'] });
      }
    } catch (error) {
      this.count((error as Error).name);
    }
  }

  private count(what: number | string): void {
    this.other.set(what, (this.other.get(what) ?? 0) + 1);
  }

  /** A pseudo-random whole number below `n`; the sequence is the same in each run. */
  private pick(n: number): number {
    this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.random / 2 ** 32) * n);
  }
}
