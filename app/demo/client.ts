import { setMaxListeners } from 'node:events';
import { Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DemoRequest } from './plan';

type AnyRequest = DemoRequest | { readonly method: 'GET'; readonly path: string };

export interface Answer {
  readonly status: number;
  /** The parsed JSON; an empty object where the answer is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** How long the last attempt took, in milliseconds. */
  readonly ms: number;
  /** The number of retries. */
  readonly retries: number;
}

export interface ClientOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** The maximum number of connections. */
  readonly connections: number;
  /** How long a request is retried, in milliseconds. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** The API was unreachable or busy for longer than the patience. */
export class GaveUpError extends Error {
  override readonly name = 'GaveUpError';
}

/** Busy (503, 429) or unknown (504). A retry is always safe: each request has an idempotency key or is idempotent itself. */
const RETRIED = new Set([429, 503, 504]);
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * A client of the REST API with keep-alive connections. It retries through a restart of the API, and never before `Retry-After`. A
 * rate limit slows it down, and is no reason to give up.
 */
export class DemoClient {
  private readonly agent: Agent;
  /** Until then the limit of the API refuses whatever is sent. */
  private limitedUntil = 0;

  constructor(private readonly options: ClientOptions) {
    // Every request in flight adds a listener.
    setMaxListeners(0, options.signal);
    this.agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  }

  /** Gets the JSON at a path. @throws {GaveUpError} also when the answer is an error */
  async read(path: string, patience = this.options.patience): Promise<Answer['body']> {
    const { status, body } = await this.send({ method: 'GET', path }, patience);
    if (status === 200) return body;
    throw new GaveUpError(
      `GET ${path} is answered ${status}: ${String(body['detail'] ?? 'no reason given')}`,
    );
  }

  /**
   * Sends a request, and retries it until the answer is neither busy nor unknown.
   * @throws {GaveUpError}
   * @throws {Error} with the name AbortError, when the signal is aborted
   */
  async send(request: AnyRequest, patience = this.options.patience): Promise<Answer> {
    let deadline = performance.now() + patience;
    let pause = FIRST_PAUSE_MS;
    for (let retries = 0; ; retries++) {
      await this.pause(this.limitedUntil - performance.now());
      const started = performance.now();
      const attempt = await this.attempt(request);
      const now = performance.now();
      if (typeof attempt !== 'string') assertAllowed(attempt);
      if (typeof attempt !== 'string' && !RETRIED.has(attempt.status)) {
        return { ...attempt, ms: now - started, retries };
      }
      const isLimited = typeof attempt !== 'string' && attempt.status === 429;
      if (isLimited) {
        deadline = now + patience;
        pause = FIRST_PAUSE_MS;
      }
      const wait = (typeof attempt !== 'string' && attempt.retryAfter) || pause;
      if (now + wait > deadline) throw new GaveUpError(this.explain(attempt));
      if (isLimited) this.limitedUntil = Math.max(this.limitedUntil, now + wait);
      await this.pause(wait);
      pause = Math.min(LONGEST_PAUSE_MS, 2 * pause);
    }
  }

  /** Resolves after so many milliseconds at least. Jitter, so that requests are not repeated all at once. */
  private async pause(wait: number): Promise<void> {
    if (wait > 0)
      await delay(Math.ceil(wait * (1 + Math.random() / 2)), undefined, { signal: this.options.signal });
  }

  close(): void {
    this.agent.destroy();
  }

  private explain(attempt: string | Received): string {
    if (typeof attempt === 'string') return `Nothing answers at ${this.options.url} (${attempt})`;
    return `The API at ${this.options.url} answers ${attempt.status}: ${String(attempt.body['detail'] ?? 'no reason given')}`;
  }

  /** @returns the answer, or the reason why there was none */
  private async attempt(request: AnyRequest): Promise<Received | string> {
    try {
      return await this.exchange(request);
    } catch (error) {
      if (this.options.signal.aborted) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      return code ?? message;
    }
  }

  private exchange(request: AnyRequest): Promise<Received> {
    const { url, token, signal } = this.options;
    const text = 'body' in request && request.body ? JSON.stringify(request.body) : undefined;
    const headers = headersOf(request, text, token);
    return new Promise((resolve, reject) => {
      const { method, path } = request;
      const outgoing = httpRequest(new URL(path, url), { method, headers, agent: this.agent, signal });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const retryAfter = 1_000 * Number(response.headers['retry-after'] ?? 0);
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks)), retryAfter });
        });
      });
      outgoing.end(text);
    });
  }
}

function headersOf(
  request: AnyRequest,
  text: string | undefined,
  token: string | undefined,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { accept: 'application/json' };
  if (text !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(text);
  }
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if ('idempotencyKey' in request) headers['idempotency-key'] = request.idempotencyKey;
  if ('wait' in request) headers['prefer'] = `wait=${request.wait}`;
  return headers;
}

function assertAllowed({ status }: Received): void {
  if (status !== 401 && status !== 403) return;
  throw new GaveUpError(
    'The API wants a token of staff: set API_TOKENS (or API_TOKENS_FILE) as it is set for the API.',
  );
}

interface Received {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds; 0 where the header is absent. */
  readonly retryAfter: number;
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
