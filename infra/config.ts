import { z } from 'zod';
import { parseDuration } from './duration';

/** A variable that holds a duration such as `500ms` or `7d`. The setting is in milliseconds. */
export const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        return parseDuration(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    });

/** A variable that holds a TCP port; absent = none. @param min 0 where the system may choose a free one */
export const optionalPort = (min: 0 | 1 = 0) => z.coerce.number().int().min(min).max(65_535).optional();

/** A variable that holds a TCP port. @param min 0 where the system may choose a free one */
export const port = (fallback: number, min: 0 | 1 = 0) =>
  z.coerce.number().int().min(min).max(65_535).default(fallback);

/** A variable that is on or off (`true`, `1`, `yes`, `on` and their opposites); off by default. */
export const flag = () => z.stringbool().default(false);

/** What a set of variables reads as. */
export type SettingsOf<S extends z.ZodRawShape> = Readonly<z.output<z.ZodObject<S>>>;

/**
 * Reads variables of the environment. An empty variable counts as absent; those that the shape does not name are ignored.
 * @param shape a schema for each variable, by its name
 * @throws {Error} naming every variable that is wrong and what it should be
 */
export function parseEnvironment<S extends z.ZodRawShape>(shape: S, env: NodeJS.ProcessEnv): SettingsOf<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment is not right. ${wrong.join('; ')}`);
}
