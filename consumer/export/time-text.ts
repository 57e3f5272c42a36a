const MILLISECONDS = Array.from({ length: 1_000 }, (_, i) => `${String(i).padStart(3, '0')}Z`);
/** What a Date can hold. */
const LATEST = 8.64e15;
/** What Kafka gives as the timestamp of a record that has none. */
const NO_TIME = -1;

/** Whether this stands for a moment that can be written. Other clients may store anything as a timestamp, or none. */
export function isTime(time: number): boolean {
  return time !== NO_TIME && Math.abs(time) <= LATEST;
}

/**
 * Writes times as ISO 8601 with milliseconds. Times in a stream lie close together, so what they share is made once: with
 * Date.toISOString this was a sixth of an export.
 */
export function timeWriter(): (time: number | null) => string | null {
  let second = NaN;
  let prefix = '';
  return (time) => {
    if (time === null || !isTime(time)) return null;
    const of = Math.floor(time / 1_000);
    if (of !== second) {
      second = of;
      prefix = new Date(of * 1_000).toISOString().slice(0, -4);
    }
    return prefix + MILLISECONDS[time - of * 1_000]!;
  };
}
