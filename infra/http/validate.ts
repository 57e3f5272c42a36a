import type { ZodType, z } from 'zod';
import { Problem, type FieldError } from './problem';

/** As many mistakes are told of; who has made more will ask again. */
const MOST_ERRORS = 20;

type Issue = z.core.$ZodIssue;

function fieldErrors(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      message: 'is not a known field',
    }));
  }
  return [{ path: issue.path.join('.'), message: issue.message }];
}

/** What a value has to be, in the words of JSON. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function bound(
  word: 'at least' | 'at most',
  { origin, ...issue }: Issue & { readonly origin: string },
): string {
  const number = String(word === 'at most' ? (issue as TooBig).maximum : (issue as TooSmall).minimum);
  if (origin === 'string') return `must have ${word} ${number} characters`;
  if (origin === 'array' || origin === 'set') return `must have ${word} ${number} items`;
  return `must be ${word} ${number}`;
}

type TooBig = z.core.$ZodIssueTooBig;
type TooSmall = z.core.$ZodIssueTooSmall;

/** In our words: those of the library are about its schemas. What a schema says itself has precedence. */
const OUR_WORDS = {
  error(issue: z.core.$ZodRawIssue): string {
    if (issue.input === undefined) return 'is required';
    switch (issue.code) {
      case 'invalid_type':
        return `must be ${TYPES[issue.expected] ?? 'of another type'}`;
      case 'too_big':
        return bound('at most', issue as Issue & TooBig);
      case 'too_small':
        return bound('at least', issue as Issue & TooSmall);
      case 'invalid_value':
        return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
      default:
        return 'is not well formed';
    }
  },
};

/**
 * The value, parsed by the schema.
 * @throws {Problem} 400 naming every field that is wrong, once
 */
export function validate<S extends ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Parsed a second time for better messages: the error map is too slow for valid requests.
  const { error } = schema.safeParse(value, OUR_WORDS);
  throw Problem.invalid(firstOf((error ?? result.error).issues.flatMap(fieldErrors)));
}

/** The first mistake of each field, up to a number. */
function firstOf(errors: readonly FieldError[]): FieldError[] {
  const byPath = new Map<string, FieldError>();
  for (const error of errors) if (!byPath.has(error.path)) byPath.set(error.path, error);
  const first = [...byPath.values()].slice(0, MOST_ERRORS);
  const others = byPath.size - first.length;
  if (others === 0) return first;
  return [...first, { path: '', message: `and ${others.toLocaleString('en')} more` }];
}
