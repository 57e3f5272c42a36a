/** Loaded before a role: its wall clock is off by CLOCK_OFFSET_MS. Timers and the monotonic clock are not concerned. */
const offset = Number(process.env['CLOCK_OFFSET_MS'] ?? 0);
const now = Date.now.bind(Date);

class MovedDate extends Date {
  constructor(...args: ConstructorParameters<DateConstructor> | []) {
    if (args.length === 0) super(now() + offset);
    else super(...args);
  }

  static override now(): number {
    return now() + offset;
  }
}

globalThis.Date = MovedDate as DateConstructor;
