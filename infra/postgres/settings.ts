import { readFileSync } from 'node:fs';
import { duration, serverUrl } from '../config';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
/** The parameters that name files, which pg reads for each connection. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'];

/** What of the URL's parameters for TLS cannot be; undefined where nothing is. */
function problemOf(url: string): string | undefined {
  const { searchParams: given } = new URL(url);
  const mode = given.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) return `sslmode should be one of ${SSL_MODES.join(', ')}`;
  const files = FILES.filter((name) => given.has(name));
  if (mode === 'disable' && files.length > 0) return `${files[0]} is set, but sslmode is disable`;
  const missing = files.find((name) => !canBeRead(given.get(name)!));
  return missing && `${missing} should name a file that can be read`;
}

function canBeRead(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

/** The variables that lead to Postgres. @param url where it is when the environment does not name it */
export const postgresEnvironment = (url: string) => ({
  DATABASE_URL: serverUrl(['postgresql', 'postgres'], 'postgresql://user:password@host:5432/library')
    .superRefine((text, context) => {
      const message = URL.canParse(text) ? problemOf(text) : undefined;
      if (message) context.addIssue({ code: 'custom', message });
    })
    .default(url)
    .describe('the database of the views, with `sslmode` and the like'),
  STATEMENT_TIMEOUT: duration('3s', { min: '100ms' }).describe(
    'how long a statement of a role may take; a second later a silent connection counts as dead. Commands have no limit',
  ),
});
