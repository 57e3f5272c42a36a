import { isIP } from 'node:net';
import { z } from 'zod';
import { fraction, optionalPort, port } from '../config';

/** The variables of the HTTP servers. Port 0 = any free port. */
export const httpEnvironment = {
  HTTP_HOST: z
    .string()
    .refine(
      (host) => isIP(host) !== 0 || /^[A-Za-z0-9._-]+$/.test(host),
      'should be an address or a host name without a port, such as 127.0.0.1 or 0.0.0.0',
    )
    .default('127.0.0.1'),
  HTTP_PORT: port(3_000),
  /** The port of health and metrics, beside that of the API. */
  OPS_PORT: optionalPort(),
  /** Names that the API is reached by, separated by commas; addresses and localhost are known. They matter where AUTH is none. */
  ALLOWED_HOSTS: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$/, 'should be host names separated by commas, without ports')
    .transform((names) => names.split(','))
    .optional(),
  /** Requests a second and caller; 0.1 = one in ten seconds. Absent = unlimited. */
  RATE_LIMIT: fraction({ min: 0.001, max: 1_000_000 }).optional(),
};
