import { Problem, problems } from './problem';

export type RawQuery = Readonly<Record<string, string | string[]>>;

/** As many parameters are let in: no operation knows more than a handful. */
const MOST_PARAMETERS = 100;

const NONE: RawQuery = Object.freeze({});

function decode(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw new Problem(problems.malformedUrl, 'The query has a percent sign that does not begin valid UTF-8.');
  }
}

/**
 * The parameters after the `?` of a request target. A parameter that is sent more than once becomes a list.
 * Unlike express' parsers it is strict: malformed percent-encoding is a 400, not a replacement character.
 */
export function parseQuery(target: string): RawQuery {
  const start = target.indexOf('?');
  if (start < 0 || start === target.length - 1) return NONE;
  const query: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  const pairs = target
    .slice(start + 1)
    .split('&')
    .filter((pair) => pair !== '');
  if (pairs.length > MOST_PARAMETERS)
    throw new Problem(problems.malformedUrl, `A query may have at most ${MOST_PARAMETERS} parameters.`);
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const before = query[name];
    query[name] = before === undefined ? value : [before, value].flat();
  }
  return query;
}
