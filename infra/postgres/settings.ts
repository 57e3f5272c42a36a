import { z } from 'zod';
import { duration } from '../config';

/** The variables that lead to Postgres. @param url where it is when the environment does not name it */
export const postgresEnvironment = (url: string) => ({
  DATABASE_URL: z.url().default(url),
  /** How long a statement of a role may take. A second later a server that is silent counts as gone. */
  STATEMENT_TIMEOUT: duration('3s').pipe(z.number().min(100, 'must be at least 100ms')),
});
