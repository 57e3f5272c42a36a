/**
 * Writes `schemas/generated/asyncapi.json`: the AsyncAPI document with the `.avsc` files in it, which the API serves. With `--check` it
 * only reports whether that is up to date.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { makePage } from '../infra/made-page';
import { schemasFolder } from './files';

/** The document, complete in itself: no reference leads to a file. */
export function asyncApiBundle(folder = schemasFolder()): string {
  const document: unknown = parse(
    readFileSync(join(folder, 'asyncapi.yaml'), 'utf8'),
    (_, value: unknown) => {
      const reference = (value as { $ref?: unknown } | null)?.$ref;
      const isFile = typeof reference === 'string' && reference.startsWith('./');
      return isFile ? (JSON.parse(readFileSync(join(folder, reference), 'utf8')) as unknown) : value;
    },
  );
  return `${JSON.stringify(document, null, 2)}\n`;
}

export const ASYNC_API_BUNDLE = join(schemasFolder(), 'generated', 'asyncapi.json');

if (require.main === module) makePage(ASYNC_API_BUNDLE, asyncApiBundle(), 'the schemas and asyncapi.yaml');
