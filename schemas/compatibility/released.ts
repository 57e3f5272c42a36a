import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSetName, RecordSchema } from '../event-set';
import { EVENT_SET_NAMES, readSchemas } from '../files';

/** The schemas of each topic's events. */
export type Schemas = Readonly<Record<EventSetName, readonly RecordSchema[]>>;

/** A version of the schemas that has been in use: records written with it stay in the stream for ever. */
export interface Release {
  readonly version: string;
  readonly schemas: Schemas;
}

/** The schemas in a folder that has one folder for each event set. */
export function readEventSets(folder: string): Schemas {
  const read = (eventSet: EventSetName) => readSchemas(join(folder, eventSet));
  return { reservations: read('reservations'), outcomes: read('outcomes') };
}

/** The released versions under `released`, oldest first. */
export function readReleases(released: string): Release[] {
  return versionsIn(released).map((version) => ({
    version,
    schemas: readEventSets(join(released, version)),
  }));
}

/** The differences between the released files and the fingerprints of their release: one sentence each. */
export function changedReleases(released: string): string[] {
  const wanted = readManifest(released);
  const actual = fingerprints(released);
  const problems: string[] = [];
  for (const [file, sha256] of Object.entries(wanted)) {
    if (actual[file] === undefined) problems.push(`${file} was released and is gone: put it back.`);
    else if (actual[file] !== sha256) problems.push(`${file} was released and has been edited: put it back.`);
  }
  for (const file of Object.keys(actual))
    if (wanted[file] === undefined)
      problems.push(`${file} is no released file: only --release adds to this folder.`);
  return problems;
}

/** Whether two versions are equal, descriptions included. */
export function isSame(one: Schemas, other: Schemas): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Stores the current schemas as the next version, unless they equal the newest one.
 * @returns the name of the new version; undefined where nothing has changed
 */
export function release(folder: string): string | undefined {
  const released = join(folder, 'released');
  const newest = readReleases(released).at(-1);
  const current = readEventSets(join(folder, 'avsc'));
  if (newest && isSame(newest.schemas, current)) return undefined;
  const version = `v${versionsIn(released).length + 1}`;
  for (const eventSet of EVENT_SET_NAMES)
    cpSync(join(folder, 'avsc', eventSet), join(released, version, eventSet), { recursive: true });
  writeFileSync(manifestPath(released), `${JSON.stringify(fingerprints(released), null, 2)}\n`);
  return version;
}

const manifestPath = (released: string) => join(released, 'manifest.json');

function versionsIn(released: string): string[] {
  if (!existsSync(released)) return [];
  const versions = readdirSync(released).filter((name) => /^v\d+$/.test(name));
  return versions.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

function readManifest(released: string): Record<string, string> {
  const path = manifestPath(released);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
}

/** The SHA-256 of each released file, by its path below the folder. */
function fingerprints(released: string): Record<string, string> {
  const files = versionsIn(released).flatMap((version) =>
    EVENT_SET_NAMES.flatMap((eventSet) => {
      const folder = join(released, version, eventSet);
      const names = existsSync(folder) ? readdirSync(folder).sort() : [];
      return names.map((name) => `${version}/${eventSet}/${name}`);
    }),
  );
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(released, file)))
      .digest('hex');
  return Object.fromEntries(files.map((file) => [file, sha256(file)]));
}
