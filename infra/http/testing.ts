import { request as httpRequest, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createLogger } from '../logger';
import { listen, type RunningServer } from './server';

/** For tests: a logger without output. */
export const silent = createLogger('silent');

export interface TestRequest {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Text and bytes are sent as they are, anything else as JSON with its content type. */
  readonly body?: unknown;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined where it is not JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

export interface TestServer extends RunningServer {
  /** Sends a request with the path exactly as written: nothing is normalised or encoded. */
  send(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function sendTo(url: string, method: string, path: string, request: TestRequest): Promise<TestAnswer> {
  const { body } = request;
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = raw ? body : JSON.stringify(body);
  const framed = bytes !== undefined && request.headers?.['transfer-encoding'] === undefined;
  const length = framed ? { 'content-length': String(Buffer.byteLength(bytes)) } : {};
  const headers = { ...length, ...(raw ? {} : { 'content-type': 'application/json' }), ...request.headers };
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const outgoing = httpRequest({ hostname, port, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** For tests: serves an app on a free port of the loopback interface. */
export async function serve(app: RequestListener, closing?: AbortController): Promise<TestServer> {
  const server = await listen(app, { host: '127.0.0.1', port: 0, ...(closing && { closing }) });
  return { ...server, send: (method, path, request = {}) => sendTo(server.url, method, path, request) };
}
