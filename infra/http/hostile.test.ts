import fc from 'fast-check';
import { z } from 'zod';
import { idempotencyKeyOf, waitOf } from '../../producer/api/request-headers';
import { traceparentOf } from '../trace-context';
import { accepts, acceptsJson } from './accept';
import { isJsonType } from './body';
import { parseQuery } from './query';
import { validate } from './validate';

/** The longest header, request line or body that is let in. */
const LONGEST = 16 * 1024;
/** Processor time of one of them, in milliseconds: a few on a machine that does nothing else, more beside other tests. What is quadratic takes hundreds. */
const MOST_MS = 50;

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  query: (text) => parseQuery(`/v1/books?${text}`),
  accept: (text) => [accepts(text, 'text/event-stream'), acceptsJson(text)],
  'content-type': isJsonType,
  prefer: waitOf,
  'idempotency-key': idempotencyKeyOf,
  traceparent: traceparentOf,
  'body with a list': (text) =>
    validate(z.strictObject({ authors: z.array(z.string()) }), { authors: [...text.slice(0, LONGEST / 4)] }),
  'body with unknown fields': (text) => {
    const fields = [...text.slice(0, LONGEST / 8)].map((char, i) => `${JSON.stringify(char + String(i))}:1`);
    return validate(z.strictObject({}), JSON.parse(`{${fields.join(',')}}`));
  },
};

/** The processor time that it takes, in milliseconds: the least of some runs, as the first ones compile and others collect garbage. */
function costOf(parse: (text: string) => unknown, text: string): number {
  let least = Infinity;
  for (let run = 0; run < 8 && least > MOST_MS; run += 1) {
    const before = process.cpuUsage();
    try {
      parse(text);
    } catch {
      // A refusal is an answer, too.
    }
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

/** Text as long as is let in: a beginning, something that is repeated, and an end. */
const hostile = fc.record({
  beginning: fc.constantFrom('', 'wait', 'application/json', 'a', '"', 'q=', '00-'),
  unit: fc.array(
    fc.constantFrom('a', '&', '=', ' ', '\t', '"', '\\', ',', ';', '%41', '+', '/', '*', '0', '-', 'q='),
    { minLength: 1, maxLength: 3 },
  ),
  end: fc.constantFrom('', 'x', '"', ';', '=', '%', ','),
});

function textOf({ beginning, unit, end }: { beginning: string; unit: string[]; end: string }): string {
  const repeated = unit.join('');
  return beginning + repeated.repeat(Math.ceil(LONGEST / repeated.length)).slice(0, LONGEST) + end;
}

describe.each(Object.entries(parsers))('%s', (_name, parse) => {
  test('costs little, whatever a stranger sends', () => {
    fc.assert(
      fc.property(hostile, (parts) => costOf(parse, textOf(parts)) <= MOST_MS),
      { numRuns: 200 },
    );
  });
});

test('a query of thousands of parameters is refused, and says how many there may be', () => {
  expect(() => parseQuery(`/v1/books?${'a&'.repeat(8_000)}`)).toThrow('at most 100 parameters');
  expect(parseQuery(`/v1/books?${'a&'.repeat(100)}`)).toEqual({ a: Array.from({ length: 100 }, () => '') });
});

test('a body with thousands of mistakes is answered with the first of them', () => {
  const body = Object.fromEntries(Array.from({ length: 2_200 }, (_, i) => [`field${i}`, i]));
  try {
    validate(z.strictObject({}), body);
    throw new Error('it was let in');
  } catch (error) {
    const text = JSON.stringify(error);
    expect(text.length).toBeLessThan(4_000);
    expect(text).toContain('field19');
    expect(text).not.toContain('field20');
    expect(text).toContain('2,180 more');
  }
});
