import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { engineVariables } from './docker';

describe('where the engine is, for programs that know no contexts', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'docker-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The environment of a `docker` whose context names this engine. */
  function contextOf(host: string): NodeJS.ProcessEnv {
    const file = path.join(folder, 'docker');
    writeFileSync(file, `#!/bin/sh\necho '${host}'\n`);
    chmodSync(file, 0o755);
    return { PATH: `${folder}:/usr/bin:/bin` };
  }

  test('is what the context of docker names', async () => {
    const env = contextOf('unix:///run/user/1000/docker.sock');
    expect(await engineVariables(env, 'linux')).toEqual({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' });
  });

  test('is another socket inside of the virtual machine of a Mac', async () => {
    const env = contextOf('unix:///Users/ada/.colima/default/docker.sock');
    expect(await engineVariables(env, 'darwin')).toEqual({
      DOCKER_HOST: 'unix:///Users/ada/.colima/default/docker.sock',
      TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE: '/var/run/docker.sock',
    });
  });

  test('is left to them where it has its usual place, or the environment names it, or it can only be reached by ssh', async () => {
    expect(await engineVariables(contextOf('unix:///var/run/docker.sock'))).toEqual({});
    expect(await engineVariables(contextOf('ssh://ada@elsewhere'))).toEqual({});
    expect(
      await engineVariables({ ...contextOf('unix:///a.sock'), DOCKER_HOST: 'tcp://127.0.0.1:2375' }),
    ).toEqual({});
  });

  test('is nowhere without the command docker', async () => {
    expect(await engineVariables({ PATH: folder })).toEqual({});
  });
});
