import { isIP } from 'node:net';
import { z } from 'zod';
import { flag, fraction, optionalPort, port, wholeNumber } from '../config';

const listOf = (text: string) => text.split(',');

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...others] = text.split('/');
  const family = isIP(address);
  if (family === 0 || others.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

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
  /** How many processes share the API's port. */
  API_PROCESSES: wholeNumber({ min: 1, max: 64 }).default(1),
  /** Names that the API is reached by, separated by commas; addresses and localhost are known. They matter where AUTH is none. */
  ALLOWED_HOSTS: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$/, 'should be host names separated by commas, without ports')
    .transform(listOf)
    .optional(),
  /** Sites whose pages may read the answers, and write. Absent = none. */
  CORS_ORIGINS: z
    .string()
    .refine(
      (text) => listOf(text).every(isOrigin),
      'should be origins separated by commas, as browsers write them, such as https://desk.example.org',
    )
    .transform(listOf)
    .optional(),
  /** Proxies whose `X-Forwarded-For` says who sends a request. Absent = nobody is believed. */
  TRUSTED_PROXIES: z
    .string()
    .refine(
      (text) => listOf(text).every(isNetwork),
      'should be addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
    )
    .transform(listOf)
    .optional(),
  /** How many live streams a caller may have open on a process. */
  LIVE_STREAMS: wholeNumber({ min: 1, max: 20_000 }).default(1_000),
  /** Whether `/metrics` and the details of `/readyz` are on `OPS_PORT` alone. */
  OPS_ONLY: flag(),
  /** Requests a second and caller; 0.1 = one in ten seconds. Absent = unlimited. */
  RATE_LIMIT: fraction({ min: 0.001, max: 1_000_000 }).optional(),
};
