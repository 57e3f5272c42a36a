const DAY_MS = 86_400_000;
/** How many days are remembered. */
const MOST_DAYS = 10_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

const days = new Map<number, string>();

/** The same as `toISOString` of the date, at a quarter of its cost: a history has millions of times, and few days. */
export function timestampText(time: number): string {
  const day = Math.floor(time / DAY_MS);
  const rest = time - day * DAY_MS;
  const minutes = Math.floor(rest / 60_000);
  const seconds = Math.floor(rest / 1_000);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)]!;
  const millis = String(1_000 + (rest % 1_000)).slice(1);
  return `${dayText(day)}${hour}:${TWO_DIGITS[minutes % 60]!}:${TWO_DIGITS[seconds % 60]!}.${millis}Z`;
}

/** The day up to the T that ends it. */
function dayText(day: number): string {
  let text = days.get(day);
  if (text === undefined) {
    if (days.size >= MOST_DAYS) days.clear();
    text = new Date(day * DAY_MS).toISOString().split('T', 1)[0]! + 'T';
    days.set(day, text);
  }
  return text;
}
