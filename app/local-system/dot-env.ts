import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { projectRoot } from '../../infra/local/run';

/** What the file `.env` in the project's folder sets; nothing where there is none. */
export function readDotEnv(folder = projectRoot()): Readonly<Record<string, string>> {
  const file = path.join(folder, '.env');
  return existsSync(file) ? (parseEnv(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
