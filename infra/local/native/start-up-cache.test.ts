import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromCache, startUpCache } from './start-up-cache';

const java = { path: '/java-25/bin/java', home: '/java-25', major: 25 };
let folder: string;
let jars: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'start-up-cache-'));
  jars = path.join(folder, 'kafka');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('what Java keeps of a start of Kafka', () => {
  test('is used once it is there', () => {
    expect(fromCache(java, jars)).toEqual([]);
    const file = startUpCache(java, jars)!;
    writeFileSync(file, '');
    expect(fromCache(java, jars)).toContain(`-XX:AOTCache=${file}`);
  });

  test('is for one Java only', () => {
    writeFileSync(startUpCache(java, jars)!, '');
    expect(fromCache({ ...java, path: '/java-26/bin/java', major: 26 }, jars)).toEqual([]);
  });

  test('is left out where Java does not know of it', () => {
    const older = { ...java, major: 21 };
    expect(startUpCache(older, jars)).toBeUndefined();
    expect(fromCache(older, jars)).toEqual([]);
  });
});
