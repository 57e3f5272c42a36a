import type { Request } from 'express';
import { callerKey } from './rate-limit';
import { Problem, problems } from './problem';
import type { Caller } from './route';

/** After how many seconds somebody may ask again for whom there is no place. */
const RETRY_AFTER_S = 10;
/** A stream takes some 16 kB of the heap (most of it Node's and express'): so many leave room in `NODE_FLAGS` for the rest. */
const ALL_PLACES = 12_000;

/** Counts the streams that are open on this process, and those of each caller. */
export class StreamPlaces {
  private readonly taken = new Map<string, number>();
  private all = 0;

  /**
   * @param most how many each caller may have
   * @param places how many there are for all callers
   */
  constructor(
    private readonly most: number,
    private readonly places = ALL_PLACES,
  ) {}

  /**
   * Takes a place.
   * @returns gives it back
   * @throws {Problem} 429 when the caller has as many as are allowed, 503 when all places are taken
   */
  take(request: Request, caller: Caller): () => void {
    const key = callerKey(request, caller);
    const open = this.taken.get(key) ?? 0;
    if (this.all >= this.places)
      throw Problem.unavailable(
        `${this.places} streams are open on this process. There may be room on another, or later.`,
        RETRY_AFTER_S,
        problems.overloaded,
      );
    if (open >= this.most) {
      const headers = { 'retry-after': String(RETRY_AFTER_S) };
      throw new Problem(problems.tooManyStreams, `At most ${this.most} streams may be open: end one.`, {
        headers,
      });
    }
    this.taken.set(key, open + 1);
    this.all += 1;
    return () => {
      this.all -= 1;
      const left = this.taken.get(key)! - 1;
      if (left === 0) this.taken.delete(key);
      else this.taken.set(key, left);
    };
  }
}
