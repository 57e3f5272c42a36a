import { readFileSync } from 'node:fs';
import type { Certificate } from '../../infra/local/native/secure/certificate';

/** The certificate as the authority of the servers, and as a client's own. */
export function tlsOf({ certificate, key }: Certificate) {
  const [cert, secret] = [certificate, key].map((file) => readFileSync(file, 'utf8')) as [string, string];
  return { ca: cert, cert, key: secret };
}
