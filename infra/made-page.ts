import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The program that writes a page which is made from something else; with `--check` it only reports, and fails, where the page is not up
 * to date.
 * @param source what it is made from
 */
export function makePage(file: string, text: string, source: string): void {
  const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (current === text) return;
  if (process.argv.includes('--check')) {
    process.stderr.write(`${file} does not match ${source}: run "npm run generate" and commit it.\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
