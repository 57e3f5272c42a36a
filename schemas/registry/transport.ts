/** Requests to a schema registry: their deadlines and retries, and what an answer without success means. */
import { setTimeout as pause } from 'node:timers/promises';

/** A transient error: the registry is down, too slow, or the answer does not come from a registry. Retry. */
export class RegistryUnavailableError extends Error {
  override readonly name = 'RegistryUnavailableError';
}

/** The registry answered and refused. A retry gives the same answer. */
export class RegistryRefusedError extends Error {
  override readonly name = 'RegistryRefusedError';
  constructor(
    message: string,
    /** Confluent's error code, such as 42201 for an invalid schema; the HTTP status where there is none. */
    readonly code: number,
    /** The registry's own message. */
    readonly reason: string,
  ) {
    super(message);
  }
}

export interface RegistryOptions {
  /** How long one attempt may take, in milliseconds. */
  readonly timeout?: number;
  /** How many times a call is retried after no answer, a 5xx or a 429. */
  readonly retries?: number;
  /** The pause before the first retry, in milliseconds; it doubles with each. */
  readonly pause?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Where a registry is, and how to come in. */
export interface RegistryAddress {
  /** With the base path. */
  readonly url: string;
  /** The header of that name. */
  readonly authorization?: string;
  /** The certificates of the authorities that sign the registry's, in PEM; absent: those that Node knows. */
  readonly ca?: string;
}

/** Host and path. */
export function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `The schema registry at ${host}${pathname}`;
}

/** A body is sent as JSON, and bytes as they are. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** Requests below the URL, each with its deadline and retries. Every request here is idempotent. */
export function transport(
  { url, authorization, ca }: RegistryAddress,
  { timeout = 5_000, retries = 3, pause: first = 200 }: RegistryOptions = {},
): Ask {
  const base = new URL(url);
  const headers: Record<string, string> = {
    accept: 'application/vnd.schemaregistry.v1+json, application/json',
    'content-type': 'application/vnd.schemaregistry.v1+json',
    ...(authorization && { authorization }),
  };
  const asking = ca === undefined ? Promise.resolve(fetch) : trusting(ca);
  const root = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;

  return async (method, path, body, more = {}) => {
    const asked = { method, headers: { ...headers, ...more }, timeout, body, asking };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await request(root + path, asked, hostOf(url));
      } catch (error) {
        if (!(error instanceof RegistryUnavailableError) || attempt >= retries) throw error;
        await pause(first * 2 ** attempt);
      }
    }
  };
}

interface RequestOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly timeout: number;
  readonly body: unknown;
  readonly asking: Promise<Fetch>;
}

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  readonly body?: string | Uint8Array;
}

type Fetch = (url: string, sent: Sent) => Promise<Pick<Response, 'status' | 'text'>>;

/**
 * Asks servers whose certificates an authority of one's own has signed. Node's own fetch takes no certificates; the package that it
 * is made of does, and is loaded for them alone: that takes a while.
 */
async function trusting(ca: string): Promise<Fetch> {
  const undici = await import('undici');
  const dispatcher = new undici.Agent({ connect: { ca } });
  return (url, sent) => undici.fetch(url, { ...sent, dispatcher });
}

async function request(
  url: string,
  { method, headers, timeout, body, asking }: RequestOptions,
  who: string,
): Promise<Answer> {
  let status: number;
  let text: string;
  try {
    const payload =
      body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) };
    const ask = await asking;
    const signal = AbortSignal.timeout(timeout);
    const response = await ask(url, { method, headers, signal, ...payload });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new RegistryUnavailableError(`${who} does not answer: ${reasonOf(error)}.`, { cause: error });
  }
  const answer = status === 204 ? {} : parse(text);
  if (status < 400 && answer !== undefined) return { status, body: answer };
  const { error_code: code, message = text.slice(0, 200) } = (answer ?? {}) as {
    error_code?: number;
    message?: string;
  };
  // A 404 without the registry's own code comes from another server at this address, so the schema may exist.
  if (
    status >= 500 ||
    status === 429 ||
    status === 408 ||
    (status === 404 && code === undefined) ||
    status < 400
  )
    throw new RegistryUnavailableError(
      `${who} answered ${status} to ${method} ${new URL(url).pathname}: ${message}`,
    );
  throw new RegistryRefusedError(`${who} refused (${code ?? status}): ${message}`, code ?? status, message);
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The reason that fetch puts into its error's cause, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it took too long';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
