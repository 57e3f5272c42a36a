import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EventSetName, RecordSchema } from './event-set';

/**
 * The project's `schemas/` folder, whether this runs from the sources or from `dist/`. Only tools read files from it: the
 * services have the schemas as constants.
 */
export function schemasFolder(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'schemas', 'avsc'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No folder above ${__dirname} holds schemas/avsc.`);
    folder = parent;
  }
  return join(folder, 'schemas');
}

export const EVENT_SET_NAMES: readonly EventSetName[] = ['reservations', 'outcomes'];

/**
 * The record schemas in a folder of `.avsc` files, in the order of their file names.
 * @throws {Error} naming the file that is not JSON, or whose record has another name than the file
 */
export function readSchemas(folder: string): RecordSchema[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.avsc'));
  return files.sort().map((file) => readSchema(join(folder, file), file.slice(0, -'.avsc'.length)));
}

function readSchema(path: string, name: string): RecordSchema {
  let schema: RecordSchema;
  try {
    schema = JSON.parse(readFileSync(path, 'utf8')) as RecordSchema;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (schema.type !== 'record' || schema.name !== name)
    throw new Error(`${path} should hold the record ${name}.`);
  return schema;
}
