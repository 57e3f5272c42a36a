import { duration, serverUrl } from '../config';

/** The variables that lead to Postgres. @param url where it is when the environment does not name it */
export const postgresEnvironment = (url: string) => ({
  DATABASE_URL: serverUrl(['postgresql', 'postgres'], 'postgresql://user:password@host:5432/library').default(
    url,
  ),
  /** How long a statement of a role may take. A second later a server that is silent counts as gone. */
  STATEMENT_TIMEOUT: duration('3s', { min: '100ms' }),
});
