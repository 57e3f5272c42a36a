import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Logger } from '../logger';
import { ClientGoneError } from './body';
import { Problem, problems } from './problem';
import type { Reply } from './route';
import { SECURITY_HEADERS } from './security-headers';

/** Answers change with every event, and some contain personal data: no cache may keep them. */
const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  ...SECURITY_HEADERS,
};
const PROBLEM_HEADERS = { ...JSON_HEADERS, 'content-type': 'application/problem+json; charset=utf-8' };

function send(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, text: string): void {
  headers['content-length'] = Buffer.byteLength(text);
  response.writeHead(status, headers);
  response.end(text);
}

/** Sends what a handler returned. */
export function sendReply(response: ServerResponse, { status, body, headers }: Reply): void {
  if (body !== undefined)
    return send(response, status, { ...JSON_HEADERS, ...headers }, JSON.stringify(body));
  response.writeHead(status, { 'cache-control': 'no-store', ...SECURITY_HEADERS, ...headers });
  response.end();
}

/** A problem document as it is sent. */
export function headersOf(problem: Problem): OutgoingHttpHeaders {
  return { ...PROBLEM_HEADERS, ...problem.options.headers };
}

/** Sends a problem document. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  send(response, problem.kind.status, headersOf(problem), JSON.stringify(problem));
}

/** The problem that an error is to the client. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Express throws it where a path parameter does not decode.
  if (error instanceof URIError)
    return new Problem(problems.malformedUrl, 'The path does not decode as UTF-8.');
  return new Problem(problems.internalError, 'The error has been logged. Trying again may help.');
}

/**
 * Answers an error, whatever was thrown, and logs it where it is unexpected.
 * @param trace fields of the trace for the log
 * @returns the status; 499 where the client has closed the connection
 */
export function sendError(
  response: ServerResponse,
  error: unknown,
  logger: Logger,
  trace: { readonly traceId?: string } = {},
): number {
  if (error instanceof ClientGoneError) {
    response.destroy();
    return 499;
  }
  const problem = problemOf(error);
  const { status } = problem.kind;
  if (status === 500) logger.error({ err: error, ...trace }, 'a request failed unexpectedly');
  if (response.headersSent) response.destroy();
  else sendProblem(response, problem);
  return status;
}
