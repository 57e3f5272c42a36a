import { z } from 'zod';
import { optionalPort, port } from '../config';

/** The variables of the HTTP servers. Port 0 = any free port. */
export const httpEnvironment = {
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port(3_000),
  /** The port of health and metrics, beside that of the API. */
  OPS_PORT: optionalPort(),
  /** Requests a second and caller. Absent = unlimited. */
  RATE_LIMIT: z.coerce.number().positive().optional(),
};
