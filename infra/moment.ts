import { parseDuration } from './duration';

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,9})?))?(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** Milliseconds. Numbers of 4 to 10 digits are refused: they are likely a year, or seconds. */
const EPOCH = /^(?:\d{1,3}|\d{11,15})$/;
const DAY_MS = 86_400_000;

const ACCEPTED =
  'write a date or time such as 2026-03-01 or 2026-03-01T09:30:00+01:00 (UTC where no zone is given), ' +
  'milliseconds since 1970 such as 1772357400000, or an age such as -1h or -7d';

/**
 * Parses a moment as people write it: an ISO 8601 date or date-time (UTC where it names no zone), milliseconds since the
 * epoch, or an age (`-1h`: one hour before `now`).
 * @returns milliseconds since the epoch
 * @throws {RangeError} with what is accepted
 */
export function parseMoment(text: string, now = Date.now()): number {
  const moment = EPOCH.test(text) ? Number(text) : text.startsWith('-') ? age(text, now) : dateTime(text);
  if (moment === undefined) throw new RangeError(`"${text}" is not a time: ${ACCEPTED}`);
  return moment;
}

function age(text: string, now: number): number | undefined {
  try {
    return now - parseDuration(text.slice(1));
  } catch {
    return undefined;
  }
}

function dateTime(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, date, minutes = '00:00', seconds = '00', zone = 'Z'] = match;
  const day = Date.parse(`${date}T00:00:00Z`);
  // JavaScript parses 30 February as 2 March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const time = Date.parse(`${date}T${minutes}:${fraction(seconds)}${colon(zone)}`);
  return Number.isNaN(time) || Math.abs(time - day) > 2 * DAY_MS ? undefined : time;
}

/** Cuts off what is finer than milliseconds. */
const fraction = (seconds: string) => seconds.replace(/(\.\d{3})\d+$/, '$1');

const colon = (zone: string) =>
  zone.length === 1 ? zone.toUpperCase() : zone.replace(/^(...):?(..)$/, '$1:$2');
