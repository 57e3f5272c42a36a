import { z } from 'zod';

/** The variables that lead to Postgres. @param url where it is when the environment does not name it */
export const postgresEnvironment = (url: string) => ({
  DATABASE_URL: z.url().default(url),
});
