import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findJava, majorVersion, newest } from './java';

describe('the version of a Java', () => {
  test.each([
    ['openjdk version "25.0.3" 2026-04-21 LTS', 25],
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "22-ea" 2024-03-19', 22],
    ['java version "1.8.0_292"', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "17.0.15" 2025-04-15', 17],
  ])('%s', (output, major) => {
    expect(majorVersion(output)).toBe(major);
  });

  test('is undefined where there is none', () => {
    expect(
      majorVersion('The operation couldn’t be completed. Unable to locate a Java Runtime.'),
    ).toBeUndefined();
  });
});

describe('the Java that is chosen', () => {
  const java = (file: string, major: number) => ({ path: file, home: '/', major });

  test('is the newest, and of several equals the first', () => {
    expect(newest([java('a', 17), java('b', 25), java('c', 25), java('d', 21)])).toEqual(java('b', 25));
    expect(newest([])).toBeUndefined();
  });

  test('is found in JAVA_HOME', async () => {
    const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'java-')));
    const file = path.join(home, 'bin', 'java');
    mkdirSync(path.dirname(file));
    writeFileSync(file, '#!/bin/sh\necho \'openjdk version "999" 2999-01-01\' >&2\n');
    chmodSync(file, 0o755);
    expect(await findJava({ JAVA_HOME: home, PATH: '' })).toEqual({ path: file, home, major: 999 });
    rmSync(home, { recursive: true });
  });

  describe('where there is none, or it is too old', () => {
    let folder: string;
    beforeEach(() => (folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'java-')))));
    afterEach(() => rmSync(folder, { recursive: true }));
    const program = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(folder, name), 0o755);
    };

    const none = () => [];

    test('is fetched', async () => {
      program('java', `echo 'openjdk version "17" 2021-09-14' >&2`);
      const fetched = java('fetched', 25);
      expect(await findJava({ PATH: folder }, async () => fetched, none)).toBe(fetched);
    });

    test('nothing is fetched where there is one', async () => {
      program('java', `echo 'openjdk version "21" 2023-09-19' >&2`);
      const fetch = jest.fn();
      expect(await findJava({ PATH: folder }, fetch, none)).toMatchObject({ major: 21 });
      expect(fetch).not.toHaveBeenCalled();
    });

    test('the shortest way to one is that of the system', async () => {
      program('dnf', '');
      const finding = findJava({ PATH: folder }, undefined, none);
      await expect(finding).rejects.toThrow(
        /No Java was found.*dnf install java-21-openjdk-headless;.*Docker/,
      );
      const elsewhere = findJava({ PATH: '' }, undefined, none);
      await expect(elsewhere).rejects.toThrow('install one (https://adoptium.net)');
    });
  });
});
