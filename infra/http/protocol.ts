import { STATUS_CODES, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Draining } from './draining';
import { Problem, problems, type ProblemKind } from './problem';
import { headersOf, sendProblem } from './respond';

/** For how long a client may read the last answer of a connection. */
const LAST_WORDS_MS = 2_000;

/**
 * Answers what is no request for the app: what Node's parser refuses, CONNECT, expectations, and hosts that contradict each other.
 * A problem document each time; what cannot be told apart from the next request ends its connection.
 */
export function answerTheRest(server: Server, draining: Draining): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerClientError(error, socket, draining),
  );
  server.on('connect', (_request, socket: Duplex) => {
    // Without a listener of errors, one of a client who is gone would end the process.
    socket.on('error', () => socket.destroy());
    endWith(socket, problems.methodNotAllowed, 'This is no proxy.', {
      allow: 'GET, HEAD, PUT, POST, DELETE',
    });
  });
  server.on('checkExpectation', (_request, response) =>
    sendProblem(response, new Problem(problems.expectationFailed, 'Only "100-continue" may be expected.')),
  );
}

/** The app, for requests whose host is not in doubt. What comes behind another one on its connection is not looked at. */
export function withOneHost(app: RequestListener): RequestListener {
  const refused = new WeakSet<Duplex>();
  return (request, response) => {
    if (refused.has(request.socket)) return;
    const wrong = whatIsWrongWithTheHost(request);
    if (wrong === undefined) return app(request, response);
    refused.add(request.socket);
    response.shouldKeepAlive = false;
    sendProblem(response, new Problem(problems.malformedRequest, wrong));
  };
}

/** One that is there twice, or that the target contradicts, is read as one host by us and as another by a proxy. */
function whatIsWrongWithTheHost({
  rawHeaders,
  headers,
  url,
  httpVersion,
}: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) return 'A request names its host once.';
  if (url![0] === '/' || url === '*') return undefined;
  const isOurs = URL.canParse(url!) && new URL(url!).host === headers.host?.toLowerCase();
  return isOurs ? undefined : 'The target of the request is a path, or has the same host as its header.';
}

function kindOf({ code }: NodeJS.ErrnoException): ProblemKind {
  if (code === 'HPE_HEADER_OVERFLOW') return problems.headersTooLarge;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return problems.bodyTooLarge;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problems.requestTimeout;
  return problems.malformedRequest;
}

/** While an earlier request of the connection awaits its answer, the client would take this one for it. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, draining: Draining): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const next = draining.giveUp(socket);
  if (next === 'tell') endWith(socket, kindOf(error), 'The connection is closed after this answer.');
  if (next === 'end') end(socket);
}

function endWith(socket: Duplex, kind: ProblemKind, detail: string, headers = {}): void {
  const problem = new Problem(kind, detail, { headers });
  const body = JSON.stringify(problem);
  const lines = Object.entries({ ...headersOf(problem), connection: 'close' }).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  );
  const head = `HTTP/1.1 ${kind.status} ${STATUS_CODES[kind.status]}\r\n${lines.join('')}`;
  end(socket, `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** The client has a moment to read it, and cannot keep the connection. */
function end(socket: Duplex, lastWords = ''): void {
  socket.end(lastWords);
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}
