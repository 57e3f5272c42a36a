import { closeSync, existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLog, rotateLarge } from './logs';

describe('a log that grows', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'logs-'));
    file = path.join(folder, 'deep', 'api.log');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is moved to its predecessor, and whoever holds it open writes on into the empty file', () => {
    const log = openLog(file);
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}\n`);
    for (const [i, line] of lines.entries()) {
      writeSync(log, line);
      if (i === 29) rotateLarge(file, 100);
    }
    closeSync(log);
    expect(readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8')).toBe(lines.join(''));
    expect(readFileSync(file, 'utf8')).toBe(lines.slice(30).join(''));
  });

  test('stays as it is while it is small, and never takes more than its limit with what it was', () => {
    const log = openLog(file);
    writeSync(log, 'x'.repeat(100));
    rotateLarge(file, 100);
    expect(existsSync(`${file}.1`)).toBe(false);
    for (let i = 0; i < 100; i += 1) {
      writeSync(log, `${i} ${'y'.repeat(60)}\n`);
      rotateLarge(file, 100);
    }
    closeSync(log);
    const bytes = readFileSync(`${file}.1`).length + readFileSync(file).length;
    expect(bytes).toBeLessThanOrEqual(300);
    expect(readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8')).toContain('99 y');
  });

  test('may not be there yet', () => {
    rotateLarge(file, 100);
    expect(existsSync(file)).toBe(false);
  });
});
