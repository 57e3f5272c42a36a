// Installs the packages and builds the sources, if they have changed. It runs before `npm ci`, and so uses only Node itself
// and no TypeScript. `preflight.mjs up` says first what would keep `make up` from working, where nothing was started yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { obstacles } from './prerequisites.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const local = path.resolve(root, process.env.LOCAL_DIR || '.local');
const inRoot = (...names) => path.join(root, ...names);
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

const GENERATED = inRoot('consumer/prisma/generated');
const GENERATED_FROM = inRoot('dist', '.generated-from');
const BUILT_FROM = inRoot('dist', '.built-from');
const WEB_BUILT_FROM = inRoot('dist', '.web-built-from');
/** The page has the types of the client, and replays books by the rules of the domain. */
const WEB_SOURCES = ['web', 'client', 'consumer/domain'];
const SOURCES = [
  'app',
  'bench',
  'client',
  'consumer',
  'examples',
  'faults',
  'infra',
  'producer',
  'schemas',
  'tsconfig.json',
  'tsconfig.build.json',
];

function fail(sentence, log, lines = (text) => text.slice(-15)) {
  process.stderr.write(`${sentence}\n`);
  if (log)
    process.stderr.write(`It said (${log}):\n${lines(textOf(log).trimEnd().split('\n')).join('\n')}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Node ${process.versions.node} is too old: install 20.19 or newer (https://nodejs.org), then run make again.`,
  );
}

/** Runs `action` under a lock: two makes at a time would install into the same folders. The second one waits. */
function locked(action) {
  const lock = path.join(local, 'run', 'build.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let announced = false; ; announced = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      const holder = Number(textOf(lock));
      if (!isAlive(holder)) rmSync(lock, { force: true });
      else if (!announced)
        process.stdout.write(`Another make (process ${holder}) is installing or building; waiting for it…\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  process.on('exit', () => rmSync(lock, { force: true }));
  action();
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run(log, command, args, env = {}) {
  mkdirSync(path.dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
  });
  closeSync(output);
  return result;
}

/**
 * Whether the packages of the lockfile are installed, by npm's own record, which it writes last. Optional ones may be
 * missing: those are for other systems.
 */
function isInstalled() {
  const record = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const there = JSON.parse(textOf(record)).packages;
  const wanted = JSON.parse(textOf(inRoot('package-lock.json'))).packages;
  return Object.entries(wanted).every(([name, { version, optional }]) => {
    if (name === '') return true;
    return there[name] ? there[name].version === version : optional;
  });
}

function install() {
  process.stdout.write('Installing packages…\n');
  const log = path.join(local, 'logs', 'install.log');
  // No install scripts: none is needed, and some would download files that are not used.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const { error, status } = run(log, 'npm', args);
  if (error?.code === 'ENOENT')
    fail('npm is not here: it comes with Node 20.19 or newer (https://nodejs.org).');
  if (status !== 0) {
    // The first lines are the errors; after them npm prints its usage.
    const errors = (text) => text.filter((line) => /^npm error ./.test(line)).slice(0, 8);
    fail('npm ci did not install the packages; is the npm registry reachable?', log, errors);
  }
}

/** A hash of the sources, by names, sizes and modification times. */
function sourcesNow(sources = SOURCES, kinds = /\.(ts|json)$/) {
  const lines = [];
  const visit = (file) => {
    const stats = statSync(file);
    if (stats.isDirectory()) {
      if (file !== GENERATED) for (const name of readdirSync(file).sort()) visit(path.join(file, name));
    } else if (kinds.test(file)) lines.push(`${file} ${stats.size} ${stats.mtimeMs}`);
  };
  for (const source of sources.map((name) => inRoot(name)).filter(existsSync)) visit(source);
  return hashOf([...lines, generatedFromNow()].join('\n'));
}

function generatedFromNow() {
  return hashOf(
    textOf(inRoot('consumer/prisma/schema.prisma')) +
      textOf(inRoot('prisma.config.ts')) +
      textOf(inRoot('package-lock.json')),
  );
}

const isGenerated = () => existsSync(GENERATED) && textOf(GENERATED_FROM) === generatedFromNow();
const isBuilt = () => isGenerated() && textOf(BUILT_FROM) === sourcesNow();
const webSourcesNow = () => sourcesNow(WEB_SOURCES, /(?<!\.test)\.(tsx?|css|html|json|svg|ico)$/);
const isWebBuilt = () =>
  existsSync(inRoot('dist/web/index.html')) && textOf(WEB_BUILT_FROM) === webSourcesNow();

function buildWeb() {
  process.stdout.write('Building the page…\n');
  const log = path.join(local, 'logs', 'build-web.log');
  const sources = webSourcesNow();
  const { status } = run(log, process.execPath, [
    inRoot('node_modules/vite/bin/vite.js'),
    ...['build', '--logLevel', 'warn', 'web'],
  ]);
  if (status !== 0) fail('The page cannot be built.', log);
  writeFileSync(WEB_BUILT_FROM, sources);
}

function build() {
  process.stdout.write('Building…\n');
  const log = path.join(local, 'logs', 'build.log');
  mkdirSync(inRoot('dist'), { recursive: true });
  if (!isGenerated()) {
    // Prisma requires an engine that `generate` does not use and that cannot be downloaded everywhere: any file will do.
    const engine = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY || process.execPath,
    };
    const { status } = run(
      log,
      process.execPath,
      [inRoot('node_modules/prisma/build/index.js'), 'generate'],
      engine,
    );
    if (status !== 0) fail('The Prisma client could not be generated.', log);
    writeFileSync(GENERATED_FROM, generatedFromNow());
  }
  const sources = sourcesNow();
  const { status } = run(log, process.execPath, [
    inRoot('node_modules/typescript-7/bin/tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  if (status !== 0) fail('The sources do not compile.', log);
  writeFileSync(BUILT_FROM, sources);
}

checkNode();
if (process.argv[2] === 'up' && !isInstalled() && !existsSync(path.join(local, 'run', 'system.json'))) {
  const found = await obstacles(root, process.env);
  if (found.length > 0) fail(found.join('\n'));
}
if (!isInstalled() || !isBuilt() || !isWebBuilt()) {
  locked(() => {
    if (!isInstalled()) install();
    if (!isBuilt()) build();
    if (!isWebBuilt()) buildWeb();
  });
}
