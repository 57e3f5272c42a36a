import type { Request } from 'express';
import { callerKey } from './rate-limit';
import { Problem, problems } from './problem';
import type { Caller } from './route';

/** After how many seconds somebody may ask again who has too many streams open. */
const RETRY_AFTER_S = 10;

/** Counts the streams that each caller has open on this process. */
export class StreamPlaces {
  private readonly taken = new Map<string, number>();

  /** @param most how many each caller may have */
  constructor(private readonly most: number) {}

  /**
   * Takes a place.
   * @returns gives it back
   * @throws {Problem} 429 when the caller has as many as are allowed
   */
  take(request: Request, caller: Caller): () => void {
    const key = callerKey(request, caller);
    const open = this.taken.get(key) ?? 0;
    if (open >= this.most) {
      const headers = { 'retry-after': String(RETRY_AFTER_S) };
      throw new Problem(problems.tooManyStreams, `At most ${this.most} streams may be open: end one.`, {
        headers,
      });
    }
    this.taken.set(key, open + 1);
    return () => {
      const left = this.taken.get(key)! - 1;
      if (left === 0) this.taken.delete(key);
      else this.taken.set(key, left);
    };
  }
}
