import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseDuration } from './duration';

/** Bounds of a duration, written as in the environment. */
interface DurationBounds {
  readonly min?: string;
  readonly max?: string;
}

/** Node's timers take 2^31 - 1 ms at most; with more they fire at once. */
const LONGEST_TIMER = '24d';

const refused = (context: z.RefinementCtx, message: string) => {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
};

// `form` in the metadata of a variable says what it has to look like: the page of all settings shows it.

/**
 * A variable that holds a duration such as `500ms` or `7d`. The setting is in milliseconds.
 * @param bounds inclusive; the default ones are those of a timer that is not to fire at once
 */
export const duration = (fallback: string, { min = '1ms', max = LONGEST_TIMER }: DurationBounds = {}) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        const milliseconds = parseDuration(text);
        if (milliseconds >= parseDuration(min) && milliseconds <= parseDuration(max)) return milliseconds;
        return refused(context, `should be from ${min} to ${max}, such as ${fallback}`);
      } catch (error) {
        return refused(context, (error as Error).message);
      }
    })
    .meta({ form: `a duration from ${min} to ${max}` });

/** Both bounds are inclusive. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A variable that holds a number in decimal digits: what else `Number` takes (`0x10`, `1e3`, nothing) is more likely a slip. */
const decimal = (pattern: RegExp, { min, max }: Bounds, what: string) =>
  z
    .string()
    .transform((text, context) => {
      const number = Number(text);
      if (pattern.test(text.trim()) && number >= min && number <= max) return number;
      return refused(context, `should be ${what} from ${min} to ${max}`);
    })
    .meta({ form: `${what} from ${min} to ${max}` });

/** A variable that holds a whole number. */
export const wholeNumber = (bounds: Bounds) => decimal(/^\d+$/, bounds, 'a whole number');

/** A variable that holds a number that may be a fraction. */
export const fraction = (bounds: Bounds) => decimal(/^\d+(\.\d+)?$/, bounds, 'a number');

/** @param min 0 where the system may choose a free port @param last the last port that is possible */
const anyPort = (min: 0 | 1, last = 65_535) => decimal(/^\d+$/, { min, max: last }, 'a port');

/** A variable that holds a TCP port; absent = none. @param min 0 where the system may choose a free one */
export const optionalPort = (min: 0 | 1 = 0) => anyPort(min).optional();

/** A variable that holds a TCP port. @param min see `optionalPort` @param last the last one that is possible */
export const port = (fallback: number, min: 0 | 1 = 0, last?: number) => anyPort(min, last).default(fallback);

/** A variable that is on or off (`true`, `1`, `yes`, `on` and their opposites); off by default. */
export const flag = () =>
  z.stringbool({ error: 'should be true or false' }).default(false).meta({ form: '`true` or `false`' });

/** A variable that holds one of some words. */
export const choice = <const W extends string>(words: readonly W[]) =>
  z
    .enum(words, { error: `should be one of ${words.join(', ')}` })
    .meta({ form: words.map((word) => `\`${word}\``).join(', ') });

/**
 * A variable that holds the URL of a server.
 * @param protocols those that are possible
 * @param example for the message, which does not repeat what was given: a URL may hold a password
 */
export const serverUrl = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine(
      (text) => isServerUrl(text, protocols),
      `should be the URL of a server, with special characters of a password as %XX, such as ${example}`,
    )
    .meta({ form: `a URL such as \`${example}\`` });

function isServerUrl(text: string, protocols: readonly string[]): boolean {
  try {
    const { protocol, hostname, searchParams, username, password } = new URL(text);
    // Whoever connects decodes them, and would fail then.
    decodeURIComponent(username + password);
    // Postgres' socket in the file system is named by a parameter.
    return protocols.includes(protocol.slice(0, -1)) && (hostname !== '' || searchParams.has('host'));
  } catch {
    return false;
  }
}

/**
 * A variable that names a file with the value, such as a mounted secret. The setting is the text in the file, without the line
 * break at its end. The message does not repeat what was given: it may be the secret itself.
 */
export const textFile = () =>
  z.string().transform((file, context) => {
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      return text.trim() === '' ? refused(context, 'names a file that is empty') : text;
    } catch (error) {
      return refused(
        context,
        `should name a file that can be read (${(error as NodeJS.ErrnoException).code})`,
      );
    }
  });

/**
 * The value of a variable that is given itself, or in the file that the variable of the same name and `_FILE` names.
 * @throws {Error} when both are set
 */
export function textOrFile<N extends string>(
  env: { readonly [V in N | `${N}_FILE`]?: string | undefined },
  name: N,
): string | undefined {
  const file = env[`${name}_FILE`];
  if (env[name] !== undefined && file !== undefined)
    throw new Error(`${name} and ${name}_FILE are both set: unset one of them.`);
  return env[name] ?? file;
}

/** What a set of variables reads as. */
export type SettingsOf<S extends z.ZodRawShape> = Readonly<z.output<z.ZodObject<S>>>;

/**
 * Reads variables of the environment; those that the shape does not name are ignored. One that is set and says nothing is
 * refused: with the default in its place, a password or a limit that got lost on the way would never be missed.
 * @param shape a schema for each variable, by its name
 * @throws {Error} naming every variable that is wrong and what it should be
 */
export function parseEnvironment<S extends z.ZodRawShape>(shape: S, env: NodeJS.ProcessEnv): SettingsOf<S> {
  const isBlank = (name: string) => env[name]?.trim() === '';
  const blank = Object.keys(shape).filter(isBlank);
  const given = Object.fromEntries(Object.entries(env).filter(([name]) => !isBlank(name)));
  const result = z.object(shape).safeParse(given);
  if (result.success && blank.length === 0) return result.data;
  const wrong = [
    ...blank.map((name) => `${name}: is set but blank: give it a value, or unset it`),
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  ];
  throw new Error(`The environment is not right. ${wrong.join('; ')}`);
}
