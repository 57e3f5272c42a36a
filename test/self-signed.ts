import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Makes a key and a certificate that it signs itself, valid for two days. @returns their files in the folder */
export function selfSigned(
  folder: string,
  subject: string,
  ...more: readonly string[]
): { readonly key: string; readonly cert: string } {
  const key = path.join(folder, 'key.pem');
  const cert = path.join(folder, 'cert.pem');
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert, '-subj', subject, ...more], {
    stdio: 'ignore',
  });
  return { key, cert };
}
