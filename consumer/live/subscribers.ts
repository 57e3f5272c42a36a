import { bytesOf, matches, type Filter, type Frame } from './frame';

/** A receiver of outcomes, live. */
export interface Subscriber {
  readonly filter: Filter;
  /** Must not block. @param count how many outcomes the bytes are */
  deliver(bytes: Buffer, count: number): void;
}

/**
 * Subscribers indexed by their filters: publishing an outcome costs as much as it has receivers, however many others
 * there are.
 */
export class Subscribers {
  private readonly toAll = new Set<Subscriber>();
  private readonly toBook = new Map<string, Set<Subscriber>>();
  private readonly toUser = new Map<string, Set<Subscriber>>();

  add(subscriber: Subscriber): void {
    const { bookId, userId } = subscriber.filter;
    if (bookId !== undefined) addTo(this.toBook, bookId, subscriber);
    else if (userId !== undefined) addTo(this.toUser, userId, subscriber);
    else this.toAll.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    const { bookId, userId } = subscriber.filter;
    if (bookId !== undefined) removeFrom(this.toBook, bookId, subscriber);
    else if (userId !== undefined) removeFrom(this.toUser, userId, subscriber);
    else this.toAll.delete(subscriber);
  }

  /** Delivers consecutive outcomes, to each subscriber those that match its filter. */
  publish(frames: readonly Frame[]): void {
    if (frames.length === 0) return;
    if (this.toAll.size > 0) {
      // Subscribers without a filter get the same bytes: concatenated once, and one write for each.
      let plain: Buffer | undefined;
      let masked: Buffer | undefined;
      for (const subscriber of this.toAll) {
        const { filter } = subscriber;
        const bytes = filter.masked
          ? (masked ??= bytesOf(frames, filter))
          : (plain ??= bytesOf(frames, filter));
        subscriber.deliver(bytes, frames.length);
      }
    }
    for (const frame of frames) {
      deliverTo(this.toBook.get(frame.bookId), frame);
      deliverTo(this.toUser.get(frame.userId), frame);
    }
  }
}

function deliverTo(subscribers: Set<Subscriber> | undefined, frame: Frame): void {
  for (const subscriber of subscribers ?? [])
    if (matches(frame, subscriber.filter)) subscriber.deliver(bytesOf([frame], subscriber.filter), 1);
}

function addTo(index: Map<string, Set<Subscriber>>, key: string, subscriber: Subscriber): void {
  const subscribers = index.get(key) ?? new Set();
  index.set(key, subscribers.add(subscriber));
}

function removeFrom(index: Map<string, Set<Subscriber>>, key: string, subscriber: Subscriber): void {
  const subscribers = index.get(key);
  subscribers?.delete(subscriber);
  if (subscribers?.size === 0) index.delete(key);
}
