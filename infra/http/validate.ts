import type { ZodType, z } from 'zod';
import { Problem, type FieldError } from './problem';

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
  const errors = (error ?? result.error).issues.flatMap(fieldErrors);
  throw Problem.invalid(
    errors.filter(({ path }, index) => errors.findIndex((other) => other.path === path) === index),
  );
}
