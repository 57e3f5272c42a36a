/** Hours of the day, each in minutes since midnight; `to` is the first that is no longer quiet. They may span midnight. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

/** In seconds. */
const DAY = 24 * 3_600;

/** The hours of the day in which nobody is sent a notice. */
export class QuietHours {
  private readonly clock: Intl.DateTimeFormat;

  /** @param hours undefined: none is quiet @param timeZone the IANA name */
  constructor(
    private readonly hours: Hours | undefined,
    timeZone: string,
  ) {
    this.clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', hourCycle: 'h23', timeZone });
  }

  isQuiet(now = Date.now()): boolean {
    return this.since(now).from < this.since(now).to;
  }

  /**
   * For how long notices could have been sent by now, in seconds: 0 while it is quiet, infinite without quiet hours. By the clock on
   * the wall: an hour more or less where it was put forward or back meanwhile.
   */
  awakeFor(now = Date.now()): number {
    const { from, to } = this.since(now);
    return from < to ? 0 : to;
  }

  /** How long ago the hours began and ended last, in seconds; the one that was later is how it is now. */
  private since(now: number): { readonly from: number; readonly to: number } {
    if (!this.hours) return { from: Infinity, to: Infinity };
    const [hour, minute, second] = this.clock.format(now).split(':').map(Number) as [number, number, number];
    const ago = (minutes: number) => (hour * 3_600 + minute * 60 + second - minutes * 60 + DAY) % DAY;
    return { from: ago(this.hours.from), to: ago(this.hours.to) };
  }
}
