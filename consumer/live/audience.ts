import { matches, type Filter, type Frame } from './frame';

/** Who gets outcomes as they come. */
export interface Listener {
  readonly filter: Filter;
  /** Must not wait. @param count how many outcomes these bytes are */
  deliver(bytes: Buffer, count: number): void;
}

/** Listeners by what they follow: an outcome costs as much as it has listeners, not as there are. */
export class Audience {
  private readonly ofAll = new Set<Listener>();
  private readonly ofBook = new Map<string, Set<Listener>>();
  private readonly ofUser = new Map<string, Set<Listener>>();

  add(listener: Listener): void {
    const { bookId, userId } = listener.filter;
    if (bookId !== undefined) addTo(this.ofBook, bookId, listener);
    else if (userId !== undefined) addTo(this.ofUser, userId, listener);
    else this.ofAll.add(listener);
  }

  remove(listener: Listener): void {
    const { bookId, userId } = listener.filter;
    if (bookId !== undefined) removeFrom(this.ofBook, bookId, listener);
    else if (userId !== undefined) removeFrom(this.ofUser, userId, listener);
    else this.ofAll.delete(listener);
  }

  /** Gives each listener its part of consecutive outcomes. */
  publish(frames: readonly Frame[]): void {
    if (frames.length === 0) return;
    if (this.ofAll.size > 0) {
      // Those who follow everything all get the same bytes: put together once, written once.
      const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
      for (const listener of this.ofAll) listener.deliver(bytes, frames.length);
    }
    for (const frame of frames) {
      deliverTo(this.ofBook.get(frame.bookId), frame);
      deliverTo(this.ofUser.get(frame.userId), frame);
    }
  }
}

function deliverTo(listeners: Set<Listener> | undefined, frame: Frame): void {
  for (const listener of listeners ?? [])
    if (matches(frame, listener.filter)) listener.deliver(frame.bytes, 1);
}

function addTo(index: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const listeners = index.get(key) ?? new Set();
  index.set(key, listeners.add(listener));
}

function removeFrom(index: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const listeners = index.get(key);
  listeners?.delete(listener);
  if (listeners?.size === 0) index.delete(key);
}
