import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Problem, problems } from './problem';

/** The largest body that is read, in bytes. */
export const BODY_LIMIT = 16 * 1024;

/** As many parts of a header are looked at. */
const MOST_PARAMETERS = 8;

/** The client closed the connection in the middle of its request: no answer can be sent. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

function tooLarge(): Problem {
  return new Problem(problems.bodyTooLarge, `A body may have at most ${BODY_LIMIT} bytes.`);
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

/** Reads to the end of the body, or until it is too large: node then discards the rest after the answer. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => reject(new ClientGoneError()));
    request.on('close', () => {
      if (!request.complete) reject(new ClientGoneError());
    });
  });
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Problem(problems.malformedJson, 'The body is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Problem(problems.malformedJson, 'The body does not parse as JSON.');
  }
}

/** Whether a `Content-Type` is JSON in UTF-8. */
export function isJsonType(header: string | undefined): boolean {
  if (header === 'application/json') return true;
  const [type, ...parameters] = (header ?? '')
    .split(';', MOST_PARAMETERS)
    .map((part) => part.trim().toLowerCase());
  return type === 'application/json' && parameters.every((each) => each === '' || isUtf8Charset(each));
}

function isUtf8Charset(parameter: string): boolean {
  const [name, value, ...others] = parameter.split('=', MOST_PARAMETERS).map((part) => part.trim());
  return name === 'charset' && (value === 'utf-8' || value === '"utf-8"') && others.length === 0;
}

function checkType({ headers }: IncomingMessage): void {
  if (!isJsonType(headers['content-type'])) {
    throw new Problem(
      problems.unsupportedMediaType,
      'Send the body as JSON in UTF-8, with "content-type: application/json".',
    );
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem(problems.unsupportedMediaType, 'Send the body without a content encoding.');
  }
}

/**
 * The parsed JSON body of an operation that requires one.
 * @throws {Problem} 400, 413 or 415
 * @throws {ClientGoneError}
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!hasBody(request)) throw Problem.invalid([{ path: '', message: 'a JSON body is required' }]);
  checkType(request);
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  return parseJson(await readBytes(request));
}

/**
 * For operations without a body. No body is accepted, and so is the `{}` that some clients always send. Anything else is
 * refused: if it were ignored, the client would be wrong about what was done.
 * @throws {Problem} 400 or 413
 * @throws {ClientGoneError}
 */
export async function refuseBody(request: IncomingMessage): Promise<void> {
  if (!hasBody(request)) return;
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge();
  const text = (await readBytes(request)).toString().trim();
  if (text !== '' && !/^\{\s*\}$/.test(text)) {
    throw Problem.invalid([{ path: '', message: 'this operation takes no body' }]);
  }
}
