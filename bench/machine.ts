import { availableParallelism, cpus, totalmem } from 'node:os';
import pg from 'pg';
import { IMAGES } from '../infra/local/docker';
import type { Servers } from './servers';

/** The hardware and the versions that the figures were measured on. */
export type Machine = Readonly<Record<string, string>>;

export async function describeMachine({ origin, databaseUrl }: Servers): Promise<Machine> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    kafka: origin === 'own' ? (IMAGES.kafka.split(':')[1] ?? '') : 'external',
    postgres: rows[0]?.server_version ?? 'unknown',
  };
}
