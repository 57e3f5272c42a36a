import { chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { LOCAL_DATABASE } from '../app/local-system/settings';
import { preparePostgres } from '../infra/local/native/postgres';
import { freePorts } from '../infra/local/ports';
import { run, tail } from '../infra/local/run';
import { ownPostgresService, type Service } from '../infra/local/services';
import { waitUntil } from '../infra/local/wait';
import { privateFolder, removeFolder } from './private-folder';
import { ready, TestProcess } from './server-process';
import { TcpProxy } from './tcp-proxy';

/**
 * Whether a commit waits until the standby has it. A session that does not even wait for the primary's disk
 * (`synchronous_commit=off`) waits for neither.
 */
export type Replication = 'synchronous' | 'asynchronous';

const STANDBY = 'standby';
const TIMEOUT_MS = 60_000;

interface Server {
  readonly service: Service;
  readonly child: TestProcess;
  readonly dataDir: string;
}

/** A native Postgres with a standby that copies all it writes, and an address that leads to whichever is the primary. */
export class ReplicatedPostgres {
  private constructor(
    private readonly folder: string,
    private readonly primary: Server,
    private readonly standby: Server,
    /** The way from the standby to the primary. */
    private readonly copying: TcpProxy,
    private readonly address: TcpProxy,
    /** Leads to the primary, also after a failover. */
    readonly url: string,
  ) {}

  /** Starts both, and resolves when the standby follows. They end with this process, however it ends. */
  static async start(replication: Replication): Promise<ReplicatedPostgres> {
    const folder = await privateFolder();
    const [port, standbyPort] = (await freePorts(2)) as [number, number];
    const primary = await prepare(path.join(folder, 'primary'), port);
    const copying = await TcpProxy.before(primary.service.url);
    const address = await TcpProxy.before(primary.service.url);
    const standby = await prepareStandby(primary, path.join(folder, 'standby'), standbyPort, copying.url);
    const all = new ReplicatedPostgres(folder, primary, standby, copying.proxy, address.proxy, address.url);
    try {
      await all.begin(replication);
    } catch (error) {
      await all.close();
      throw error;
    }
    return all;
  }

  /** What the primary writes from now on does not come to the standby. Only where replication is asynchronous. */
  holdCopying(): void {
    this.copying.silenceNewcomers();
    this.copying.silence();
  }

  /** Kills the primary, makes the standby the primary, and lets the address lead there. */
  async failOver(): Promise<void> {
    await this.primary.child.end('SIGKILL');
    await query(this.standby.service.url, `SELECT pg_promote(true, ${TIMEOUT_MS / 1_000})`);
    this.address.leadTo(this.standby.service.url);
  }

  async close(): Promise<void> {
    await Promise.all([this.address.close(), this.copying.close()]);
    await Promise.all([this.primary, this.standby].map(({ child }) => child.end(child.spec.stopSignal)));
    await removeFolder(this.folder);
  }

  private async begin(replication: Replication): Promise<void> {
    const { primary, standby } = this;
    for (const { service, child } of [primary, standby]) {
      child.start();
      // A standby answers too, as soon as it has come to a consistent state.
      await ready({ title: service.title, isReady: () => answers(service.url) }, child);
    }
    const admin = primary.service.url;
    const follows = async () =>
      (await query(admin, "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")) === 1;
    await waitUntil(follows, { what: 'the standby did not follow', timeout: TIMEOUT_MS });
    if (replication === 'asynchronous') return;
    await query(admin, `ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await query(admin, 'SELECT pg_reload_conf()');
    const waits = async () =>
      (await query(admin, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")) === 1;
    await waitUntil(waits, { what: 'replication did not become synchronous', timeout: TIMEOUT_MS });
  }
}

async function prepare(dataDir: string, port: number): Promise<Server> {
  const { user, password } = LOCAL_DATABASE;
  const spec = await preparePostgres({ dataDir, port, user, password });
  const service = ownPostgresService(port, { ...LOCAL_DATABASE, name: 'postgres' });
  return { service, child: new TestProcess(spec, `${dataDir}-logs`), dataDir };
}

/** A copy of the primary, which was not started yet, that is told to follow it. */
async function prepareStandby(
  primary: Server,
  dataDir: string,
  port: number,
  primaryUrl: string,
): Promise<Server> {
  const { code, output } = await run('cp', ['-a', primary.dataDir, dataDir]);
  if (code !== 0) throw new Error(`the copy for the standby could not be made:\n${tail(output, 5)}`);
  const { hostname, port: primaryPort, username, password } = new URL(primaryUrl);
  const conninfo = `host=${hostname} port=${primaryPort} user=${username} password=${password} application_name=${STANDBY}`;
  writeFileSync(path.join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  const signal = path.join(dataDir, 'standby.signal');
  writeFileSync(signal, '');
  const { uid, gid } = statSync(dataDir);
  chownSync(signal, uid, gid);
  return prepare(dataDir, port);
}

const answers = (url: string) =>
  query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

async function query(url: string, text: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rowCount ?? 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
