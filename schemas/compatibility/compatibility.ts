/**
 * The compatibility gate: fails when readers and writers of different versions could not understand each other after a
 * change of a schema. The registry refuses such a schema too, but only at deployment; the gate runs in `make lint`,
 * without a server. With `--release` it stores the current schemas as the next released version.
 */
import { join } from 'node:path';
import { fullName, type RecordSchema } from '../event-set';
import { EVENT_SET_NAMES, schemasFolder } from '../files';
import {
  changedReleases,
  isSame,
  readEventSets,
  readReleases,
  release,
  type Release,
  type Schemas,
} from './released';
import { changedMeanings, typeOf } from '../codec/wire';

/** The first fields of every event, in this order. */
const COMMON_FIELDS = ['eventId', 'occurredAt', 'bookId'];

/** What is wrong with the current schemas, also compared with every released version: one sentence each. */
export function problemsOf(current: Schemas, releases: readonly Release[]): string[] {
  return EVENT_SET_NAMES.flatMap((eventSet) => [
    ...current[eventSet].flatMap(badForm),
    ...releases.flatMap(({ version, schemas }) =>
      schemas[eventSet].flatMap((old) => {
        const now = current[eventSet].find(({ name }) => name === old.name);
        if (now) return breaks(old, now, version);
        return [
          `${old.name} was released in ${version} and is gone, but its records stay in the stream for ever.`,
        ];
      }),
    ),
  ]);
}

/** Rules of this project beyond those of Avro. */
function badForm(schema: RecordSchema): string[] {
  const problems: string[] = [];
  if (schema.namespace !== 'library') problems.push(`${schema.name} should be in the namespace library.`);
  if (!schema.doc) problems.push(`${schema.name} has no doc: say what happened.`);
  const names = schema.fields.map(({ name }) => name);
  if (COMMON_FIELDS.some((name, index) => names[index] !== name))
    problems.push(`${schema.name} should begin with the fields ${COMMON_FIELDS.join(', ')}.`);
  for (const { name, doc } of schema.fields) if (!doc) problems.push(`${schema.name}.${name} has no doc.`);
  return problems;
}

function breaks(old: RecordSchema, now: RecordSchema, version: string): string[] {
  const who = `${fullName(now)} is not compatible with ${version}`;
  const problems: string[] = [];
  const backward = whyUnreadable(now, old);
  if (backward !== undefined)
    problems.push(`${who}: records of ${version} could not be read any more (${backward}).`);
  const forward = whyUnreadable(old, now);
  if (forward !== undefined)
    problems.push(`${who}: readers of ${version} could not read new records (${forward}).`);
  for (const { name, before, after } of changedMeanings(old, now))
    problems.push(
      `${who}: the logical type of ${name} changes from ${before || 'none'} to ${after || 'none'}.`,
    );
  return problems;
}

/** Why a reader with the one schema cannot read records that were written with the other; undefined where it can. */
function whyUnreadable(reader: RecordSchema, writer: RecordSchema): string | undefined {
  try {
    typeOf(reader).createResolver(typeOf(writer));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function verdict(current: Schemas, releases: readonly Release[]): string {
  const newest = releases.at(-1);
  const changed = !newest || !isSame(newest.schemas, current);
  const hint = changed ? ' They have changed since the last one: release them before they are deployed.' : '';
  return `The schemas are compatible with every released version (${releases.length}).${hint}`;
}

/**
 * Checks the schemas in a folder, or releases them.
 * @returns the exit code and the lines to print
 * @throws {Error} naming a file that holds no schema
 */
export function run(folder: string, toRelease: boolean): { readonly code: 0 | 1; readonly lines: string[] } {
  const problems = problemsIn(folder, toRelease);
  if (problems.length > 0) return { code: 1, lines: [...problems, 'See docs/schemas.md.'] };
  const releases = readReleases(join(folder, 'released'));
  if (!toRelease) return { code: 0, lines: [verdict(readEventSets(join(folder, 'avsc')), releases)] };
  const version = release(folder);
  return {
    code: 0,
    lines: [version ? `Released as ${version}.` : 'Nothing has changed since the last release.'],
  };
}

function problemsIn(folder: string, toRelease: boolean): string[] {
  const released = join(folder, 'released');
  const edited = changedReleases(released);
  if (edited.length > 0) return edited;
  const releases = readReleases(released);
  if (releases.length === 0 && !toRelease) return [`${released} holds no released version to compare with.`];
  return problemsOf(readEventSets(join(folder, 'avsc')), releases);
}

function main(): void {
  try {
    const { code, lines } = run(schemasFolder(), process.argv.includes('--release'));
    process.stderr.write(`${lines.join('\n')}\n`);
    process.exitCode = code;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) main();
