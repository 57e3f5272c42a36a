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
    .default('127.0.0.1')
    .describe('the address that the API listens on; others than the loopback one need `AUTH`'),
  HTTP_PORT: port(3_000).describe('the port of the API; 0 = any free one'),
  OPS_PORT: optionalPort().describe(
    'the port of health and figures, beside that of the API. `make up` gives each consumer one, from 3001 on; absent: the API has them on its own port alone, a consumer on 3001 to 3004 by its role, or on any free port where that one is taken',
  ),
  API_PROCESSES: wholeNumber({ min: 1, max: 64 })
    .default(1)
    .describe(
      "processes that share the API's port, for a machine with many processors: each has the connections and memory of an API, `/metrics` adds them up, and one that ends is started again. For the role `api` alone",
    ),
  ALLOWED_HOSTS: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$/, 'should be host names separated by commas, without ports')
    .transform(listOf)
    .optional()
    .describe(
      'where `AUTH` is `none`: names that the API is reached by, separated by commas; addresses and `localhost` are known. A page whose name was made to point to this machine is refused',
    ),
  CORS_ORIGINS: z
    .string()
    .refine(
      (text) => listOf(text).every(isOrigin),
      'should be origins separated by commas, as browsers write them, such as https://desk.example.org',
    )
    .transform(listOf)
    .optional()
    .describe(
      'sites whose pages may read and write, such as `https://desk.example.org`, separated by commas; absent: none',
    ),
  TRUSTED_PROXIES: z
    .string()
    .refine(
      (text) => listOf(text).every(isNetwork),
      'should be addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
    )
    .transform(listOf)
    .optional()
    .describe(
      'addresses and networks whose `X-Forwarded-For` is believed, such as `127.0.0.1,10.0.0.0/8`, for limits and logs; absent: none',
    ),
  LIVE_STREAMS: wholeNumber({ min: 1, max: 20_000 })
    .default(1_000)
    .describe(
      'how many live streams a caller may have open on a process, which takes 12,000 of all callers together',
    ),
  OPS_ONLY: flag().describe('whether `/metrics` and the details of `/readyz` are on `OPS_PORT` alone'),
  RATE_LIMIT: fraction({ min: 0.001, max: 1_000_000 })
    .optional()
    .describe(
      'requests a second for each caller and process: with N instances up to N times as many; 0.1 = one in ten seconds; absent: no limit',
    ),
};
