import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchOnce } from './fetch';

describe('what a pom fetches', () => {
  const java = { path: '/java/bin/java', home: '/java', major: 25 };
  const searched = process.env.PATH;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fetch-'));
    writeFileSync(path.join(folder, 'pom.xml'), '<project/>');
    process.env.PATH = folder;
  });
  afterEach(() => {
    process.env.PATH = searched;
    rmSync(folder, { recursive: true });
  });

  const download = (more: object = {}) => ({
    pom: path.join(folder, 'pom.xml'),
    property: 'dir',
    into: path.join(folder, 'into'),
    what: 'Kafka',
    ...more,
  });
  const fill = async (into: string) => writeFileSync(path.join(into, 'kafka.jar'), '');
  function installMaven(): void {
    writeFileSync(path.join(folder, 'mvn'), '#!/bin/sh\nexit 0\n');
    chmodSync(path.join(folder, 'mvn'), 0o755);
  }

  test('is fetched without Maven where it is not installed, once', async () => {
    const withoutMaven = jest.fn(fill);
    const first = await fetchOnce(java, download({ withoutMaven }));
    expect(readdirSync(first)).toEqual(['kafka.jar']);
    expect(await fetchOnce(java, download({ withoutMaven }))).toBe(first);
    expect(withoutMaven).toHaveBeenCalledTimes(1);
  });

  test('is fetched by Maven where it is, which knows the mirrors', async () => {
    installMaven();
    const withoutMaven = jest.fn(fill);
    await fetchOnce(java, download({ withoutMaven }));
    expect(withoutMaven).not.toHaveBeenCalled();
  });

  test('is not kept when it is not what it should be', async () => {
    installMaven();
    const verify = async () => Promise.reject(new Error('kafka.jar has another checksum'));
    await expect(fetchOnce(java, download({ verify }))).rejects.toThrow('another checksum');
    expect(readdirSync(path.join(folder, 'into'))).toEqual([]);
  });

  test('asks for Maven where nothing else can fetch it', async () => {
    await expect(fetchOnce(java, download())).rejects.toThrow(
      'Maven (mvn) fetches Kafka, and it is not here',
    );
    expect(existsSync(path.join(folder, 'into', 'kafka.jar'))).toBe(false);
  });
});
