import { isUtf8 } from 'node:buffer';
import { formatPosition } from '../../infra/event-log/log';
import type { StoredDeadLetter } from './dead-letter-table';

/** How many bytes of a value are shown, 16 a line. */
const SHOWN_BYTES = 1_024;

/** All that is known of a dead letter, in lines for a person. */
export function describeDeadLetter({
  consumer,
  topic,
  bookId,
  status,
  reason,
  setAsideAt,
  record,
}: StoredDeadLetter): string {
  const facts: [string, string][] = [
    ['Position', `${formatPosition(record)} of ${topic}`],
    ['Consumer', consumer],
    ['Status', status],
    ['Reason', reason ?? 'it waits behind an earlier record of its book'],
    ['Holds up', bookId === null ? 'nothing' : `book ${bookId}`],
    ['Logged at', timeOf(record.timestamp)],
    ['Set aside at', setAsideAt.toISOString()],
    ['Key', record.key === null ? 'none' : textOf(record.key)],
  ];
  const headers = Object.entries(record.headers).map(([name, value]) => `  ${name}: ${textOf(value)}`);
  return [
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`),
    ...(headers.length > 0 ? ['Headers:', ...headers] : []),
    ...(record.value === null
      ? ['Value:        none']
      : [`Value (${record.value.length} bytes):`, ...hexDump(record.value)]),
    '',
  ].join('\n');
}

/** A record's timestamp is its producer's, and may be no time at all. */
function timeOf(timestamp: number | null): string {
  const time = new Date(timestamp ?? NaN);
  return Number.isNaN(time.getTime()) ? 'a time that no calendar holds' : time.toISOString();
}

/** Text where it is text, bytes where it is not. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? JSON.stringify(bytes.toString()).slice(1, -1) : `0x${bytes.toString('hex')}`;
}

function hexDump(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, SHOWN_BYTES); at += 16) {
    const part = bytes.subarray(at, at + 16);
    const hex = part.toString('hex').replace(/../g, '$& ').padEnd(48);
    const text = part.toString('latin1').replace(/[^ -~]/g, '.');
    lines.push(`  ${at.toString(16).padStart(6, '0')}  ${hex} ${text}`);
  }
  if (bytes.length > SHOWN_BYTES) lines.push(`  … ${bytes.length - SHOWN_BYTES} bytes more`);
  return lines;
}
