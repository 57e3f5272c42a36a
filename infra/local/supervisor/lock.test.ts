import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockHolder, tryLock } from './lock';

describe('a lock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
    file = path.join(folder, 'a.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is held by one process at a time, and free after its release', () => {
    const lock = tryLock(file);
    expect(lock).toBeDefined();
    expect(lockHolder(file)?.pid).toBe(process.pid);
    expect(tryLock(file)).toBeUndefined();
    lock?.release();
    expect(lockHolder(file)).toBeUndefined();
    expect(tryLock(file)).toBeDefined();
  });

  test.each([
    ['a process that has ended', JSON.stringify({ pid: process.pid, started: 'before the last boot' })],
    ['a crash that left half a file', '{"pid":'],
  ])('is not blocked by %s', (_, content) => {
    writeFileSync(file, content);
    expect(tryLock(file)).toBeDefined();
  });
});
