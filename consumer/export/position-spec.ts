import { parseMoment } from '../../infra/moment';

/** How a position is found, the same way in every partition. */
export type PositionSpec =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'time'; readonly time: number };

const NUMBER = /^(0|[1-9]\d{0,14})$/;

/**
 * Where reading begins: `beginning`, `end`, `N` (that offset), `-N` (the last N) or `@time`.
 * @throws {RangeError} naming the accepted forms
 */
export function parseFrom(text: string, now = Date.now()): PositionSpec {
  if (text === 'beginning') return { kind: 'beginning' };
  if (text.startsWith('-') && NUMBER.test(text.slice(1)))
    return { kind: 'last', count: Number(text.slice(1)) };
  return (
    parsePlace(text, now) ??
    wrong(text, 'beginning, end, an offset such as 100, -N for the last N of each partition, or @TIME')
  );
}

/**
 * Where reading stops: `end`, `N` (up to that offset, not including it) or `@time`.
 * @throws {RangeError} naming the accepted forms
 */
export function parseTo(text: string, now = Date.now()): PositionSpec {
  return parsePlace(text, now) ?? wrong(text, 'end, an offset such as 100, or @TIME');
}

function parsePlace(text: string, now: number): PositionSpec | undefined {
  if (text === 'end') return { kind: 'end' };
  if (NUMBER.test(text)) return { kind: 'offset', offset: Number(text) };
  if (text.startsWith('@')) return { kind: 'time', time: parseMoment(text.slice(1), now) };
  return undefined;
}

function wrong(text: string, accepted: string): never {
  throw new RangeError(`"${text}" is no place in the stream: write ${accepted}`);
}
