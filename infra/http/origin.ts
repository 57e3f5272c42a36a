import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Problem, problems } from './problem';

/** @throws {Problem} 403, for a request that a page of another site makes the browser send, or that was meant for another host */
export type OriginCheck = (request: IncomingMessage) => void;

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What browsers say of requests that no page of another site has caused. */
const OWN = new Set(['same-origin', 'none']);

/**
 * Refuses what a stranger's page makes a reader's browser send. Programs that are no browsers send neither `Origin` nor
 * `Sec-Fetch-Site`, and are let in.
 *
 * - Writes come from our own pages only (OWASP, "Cross-Site Request Forgery Prevention": Fetch Metadata and Origin).
 * - Where nobody has to authenticate, the `Host` is an address, this machine or a known name: a page whose name is made to point to
 *   this machine (DNS rebinding) would be one of our own pages otherwise.
 *
 * @param hosts names that the API is reached by; undefined where callers authenticate: then every name will do
 * @param origins other sites whose pages may write (`allowOrigins`)
 */
export function createOriginCheck(
  hosts: readonly string[] | undefined,
  origins: readonly string[] = [],
): OriginCheck {
  const known = hosts && new Set(hosts.map((host) => host.toLowerCase()));
  const friends = new Set(origins);
  return ({ method, headers }) => {
    if (known && !isKnown(headers.host, known)) {
      throw refused(
        `The host ${JSON.stringify(headers.host ?? '')} is not one that this API is reached by: add it to ALLOWED_HOSTS.`,
      );
    }
    if (SAFE.has(method!) || friends.has(String(headers.origin))) return;
    const site = headers['sec-fetch-site'];
    const isForeign = site === undefined ? isOfAnother(headers.origin, headers.host) : !OWN.has(String(site));
    if (isForeign) throw refused('Pages of other sites may not change anything here.');
  };
}

const refused = (detail: string) => new Problem(problems.crossSite, detail);

function isOfAnother(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}

function isKnown(host: string | undefined, known: ReadonlySet<string>): boolean {
  const name = nameIn(host ?? '');
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || known.has(name);
}

/** The name or address in a `Host` header, without the port and the brackets. */
function nameIn(host: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::\d*)?$/i.exec(host);
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase();
}
