import { VARIABLES } from '../config';
import { SETTINGS } from '../local-system/settings';
import { notExported, type System } from '../local-system/system';

type Variables = Readonly<Record<string, string>>;

/** Where the settings of `make up` come from, the first that names one has precedence. */
export interface SettingSources {
  readonly env: NodeJS.ProcessEnv;
  /** What `.env` sets. */
  readonly dotEnv: Variables;
  /** The system that was started before. */
  readonly before: System | undefined;
}

/** The settings of a system. */
export interface UpSettings {
  /** The whole environment of `make up`. */
  readonly env: NodeJS.ProcessEnv;
  /** The variables in it that are settings of the platform. */
  readonly settings: Variables;
  /** The names of those that `.env` sets, and nothing else. */
  readonly fromDotEnv: readonly string[];
  /** The names of those that only the `make up` before was given. */
  readonly kept: readonly string[];
}

/** The value of KEEP that says that nothing is kept. */
export const FORGET = 'no';

const NAMES = new Set([...VARIABLES, ...SETTINGS]);
/** What may be shown of these is that they have changed. */
const SECRET = /TOKEN|SECRET|PASSWORD|_KEY|_URL/;

/**
 * The settings of this `make up`. What an earlier one was given goes on, unless `.env` or the environment say otherwise, or `KEEP=no`.
 * Addresses of our own servers, as `make env` exports them, do not make those servers somebody else's.
 */
export function settingsOf({ env, dotEnv, before }: SettingSources): UpSettings {
  const named = defined(env);
  const all = { ...dotEnv, ...named };
  const given = before ? notExported(all, before) : all;
  const last = named['KEEP'] === FORGET ? {} : lastOf(before);
  const kept = Object.keys(last).filter((name) => !(name in given));
  const used: Record<string, string> = { ...last, ...given };
  const settings = filtered(used, (name) => NAMES.has(name));
  const fromDotEnv = Object.keys(settings).filter((name) => name in dotEnv && !(name in named));
  return { env: used, settings, fromDotEnv, kept };
}

/** What `.env` has set then, it has to set now. */
const lastOf = ({ settings = {}, fromDotEnv = [] }: Partial<System> = {}) =>
  filtered(settings, (name) => !fromDotEnv.includes(name));

const filtered = (variables: Variables, keeps: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => keeps(name)));

const defined = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Variables;

/** What is different from the settings before, one line for each variable. Secrets are not shown. */
export function describeChanges(before: Variables, now: Variables): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const lines = names
    .filter((name) => before[name] !== now[name])
    .map((name) => changeOf(name, before[name], now[name]));
  if (isSecure(before) === isSecure(now)) return lines;
  const back = `SECURE=${isSecure(before) ? 1 : 0}`;
  return [
    ...lines,
    `These servers have data of their own: those of before stay, and make up ${back} goes on with them`,
  ];
}

const isSecure = ({ SECURE = '' }: Variables) => /^(1|true)$/i.test(SECURE);

function changeOf(name: string, before: string | undefined, now: string | undefined): string {
  if (now === undefined) return `${name} is no longer set`;
  if (SECRET.test(name)) return `${name} ${before === undefined ? 'is set now' : 'has changed'}`;
  return before === undefined ? `${name} is ${now} now` : `${name} is ${now} now, and was ${before}`;
}
