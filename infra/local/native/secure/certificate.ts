import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run, tail } from '../../run';

/** Files in PEM. */
export interface Certificate {
  /** It is its own authority. */
  readonly certificate: string;
  readonly key: string;
}

const FOR_TEN_YEARS = '3650';

/**
 * The certificate of the servers of a folder, for the addresses of the loopback interface. Made the first time.
 * @throws {Error} with one sentence saying what to do, when openssl is missing or fails
 */
export async function certificateIn(folder: string): Promise<Certificate> {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  if (existsSync(certificate)) return { certificate, key };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = `${certificate}.new`;
  const { code, output } = await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', FOR_TEN_YEARS, '-keyout', key, '-out', partial, '-subj', '/CN=library'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
  ]);
  if (code === 127)
    throw new Error('openssl makes the certificate of the servers, and it is not here: install it.');
  if (code !== 0) {
    rmSync(partial, { force: true });
    throw new Error(`openssl could not make the certificate of the servers:\n${tail(output, 5)}`);
  }
  // Last: a certificate that is there has its key.
  renameSync(partial, certificate);
  return { certificate, key };
}
