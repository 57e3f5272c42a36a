import { hash } from 'node:crypto';
import { parse } from 'uuid';

/** The namespace of the IDs of outcomes. They are derived from the event: a replay gives the same. */
const OUTCOME_IDS = Buffer.from(parse('6f1c1f0e-6b0a-4a57-9b6c-1f2d0e7c9a44'));

/**
 * The ID of an outcome: of its event, and its number among the outcomes of that event. It is the UUID version 5 of both; the library
 * makes it as well, at four times the cost, and every event pays for one.
 */
export function outcomeId(eventId: string, seq: number): string {
  const digits = hash('sha1', Buffer.concat([OUTCOME_IDS, Buffer.from(`${eventId} ${seq}`)]), 'hex');
  // The version, and the variant in the upper two bits.
  const variant = '89ab'[parseInt(digits[16]!, 16) & 3]!;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
