import type { Pending } from './lane';

/** How often at most it is looked for overdue writes, in milliseconds. */
const ALARM_STEP_MS = 5;

/** The writes that are not settled yet, each until its deadline. */
export class Unsettled {
  private readonly writes = new Set<Pending>();
  private alarm: NodeJS.Timeout | undefined;
  private alarmAt = Infinity;

  /** @param giveUp called for each write that is still there when its deadline has passed; settles it */
  constructor(private readonly giveUp: (pending: Pending) => void) {}

  get size(): number {
    return this.writes.size;
  }

  add(pending: Pending): void {
    this.writes.add(pending);
    if (pending.deadline < this.alarmAt) this.setAlarm(pending.deadline);
  }

  /** The write has been settled. */
  delete(pending: Pending): void {
    this.writes.delete(pending);
  }

  stop(): void {
    clearTimeout(this.alarm);
  }

  private setAlarm(at: number): void {
    clearTimeout(this.alarm);
    this.alarmAt = at;
    this.alarm = setTimeout(() => this.giveUpOverdue(), Math.max(0, at - performance.now()));
  }

  private giveUpOverdue(): void {
    const now = performance.now();
    let next = Infinity;
    for (const pending of this.writes) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else this.giveUp(pending);
    }
    this.alarmAt = Infinity;
    if (next < Infinity) this.setAlarm(Math.max(next, now + ALARM_STEP_MS));
  }
}
