import { chmodSync, chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificate } from './certificate';

/** Nobody comes in without TLS and a password. */
const ACCESS = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Puts the certificate, its key and who may connect into the data folder, whose owner has to own them.
 * @returns the settings of the server
 */
export function securePostgres(dataDir: string, { certificate, key }: Certificate): Record<string, string> {
  const { uid, gid } = statSync(dataDir);
  const file = (name: string) => path.join(dataDir, name);
  copyFileSync(certificate, file('server.crt'));
  copyFileSync(key, file('server.key'));
  writeFileSync(file('pg_hba.conf'), ACCESS);
  for (const name of ['server.crt', 'server.key', 'pg_hba.conf']) {
    chownSync(file(name), uid, gid);
    chmodSync(file(name), 0o600);
  }
  return { ssl: 'on' };
}
