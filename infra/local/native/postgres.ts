import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { uptime } from 'node:os';
import path from 'node:path';
import type { ProcessSpec } from '../supervisor/spec';
import { postgresBinaries } from './postgres-binaries';
import { run, tail } from '../run';
import { INITDB_FLAGS, POSTGRES_SETTINGS } from '../server-settings';
import type { Certificate } from './secure/certificate';
import { securePostgres } from './secure/postgres-security';
import { asUnprivileged, findUnprivileged } from './unprivileged';

export interface PostgresOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Absent: connections are not encrypted. */
  readonly certificate?: Certificate | undefined;
}

/**
 * Initialises the data folder if it is empty, and describes the process of a Postgres on the loopback interface. Under root
 * it runs as an unprivileged user, who then owns the data.
 * @throws {Error} with one sentence saying what to do, when the programs are missing or the folder cannot be initialised
 */
export async function preparePostgres(options: PostgresOptions): Promise<ProcessSpec> {
  const binaries = postgresBinaries();
  const { dataDir, port, certificate } = options;
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) await initialise(options, binaries);
  removeStalePid(dataDir);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...POSTGRES_SETTINGS,
    ...(certificate && securePostgres(dataDir, certificate)),
  };
  const program = path.join(binaries, 'postgres');
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const command = await asUnprivileged(
    program,
    ['-D', dataDir, '-p', String(port), ...flags],
    [program, dataDir],
  );
  return {
    name: 'postgres',
    kind: 'service',
    group: 'postgres',
    ...command,
    cwd: dataDir,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    ports: [port],
    // Postgres' fast shutdown: it ends the sessions and loses nothing. SIGTERM would wait for the clients to disconnect.
    stopSignal: 'SIGINT',
    stopTimeout: 30_000,
    fingerprint: createHash('sha256').update(JSON.stringify(command)).digest('hex'),
  };
}

/** Works in another folder, and renames it at the end: an interrupted initdb leaves no half-made data folder. */
async function initialise({ dataDir, user, password }: PostgresOptions, binaries: string): Promise<void> {
  const partial = `${dataDir}.new`;
  const secret = `${dataDir}.password`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(secret, password, { mode: 0o600 });
  const owner = await findUnprivileged();
  for (const file of owner ? [partial, secret] : []) chownSync(file, owner?.uid ?? 0, owner?.gid ?? 0);
  chmodSync(partial, 0o700);
  const program = path.join(binaries, 'initdb');
  const files = ['-D', partial, `--pwfile=${secret}`];
  const command = await asUnprivileged(
    program,
    [...files, '-U', user, '--auth=scram-sha-256', ...INITDB_FLAGS],
    [program, partial],
  );
  const { code, output } = await run(command.command, command.args, { cwd: partial, ...command.user });
  rmSync(secret, { force: true });
  if (code !== 0) throw new Error(`Postgres could not make its data folder ${dataDir}:\n${tail(output, 5)}`);
  renameSync(partial, dataDir);
}

/**
 * Removes a postmaster.pid from before the last boot: its pid may belong to any other process by now, and Postgres would
 * refuse to start. A later one stays: Postgres checks it, and also finds backends that outlived their postmaster.
 */
function removeStalePid(dataDir: string): void {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const startedAt = Number(readFileSync(file, 'utf8').split('\n')[2]);
  if (startedAt < Date.now() / 1_000 - uptime() - 5) rmSync(file, { force: true });
}
