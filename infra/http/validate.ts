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

const MISSING = {
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : undefined),
};

/**
 * The value, parsed by the schema.
 * @throws {Problem} 400 naming every field that is wrong, once
 */
export function validate<S extends ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Parsed a second time for better messages: the error map is too slow for valid requests.
  const { error } = schema.safeParse(value, MISSING);
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
