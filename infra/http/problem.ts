/** A field of the request that is wrong. `path` is its name; inside a list `authors.2`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** One kind of error. Its code never changes: clients may depend on it. */
export interface ProblemKind {
  readonly code: string;
  readonly status: number;
  /** The same for every problem of the kind (RFC 9457). */
  readonly title: string;
}

const kind = (status: number, code: string, title: string): ProblemKind => ({ status, code, title });

/** The kinds that any HTTP API can answer with. Others are defined where they arise. */
export const problems = {
  invalidRequest: kind(400, 'invalid-request', 'The request has fields that are wrong'),
  malformedJson: kind(400, 'malformed-json', 'The body is not JSON'),
  malformedUrl: kind(400, 'malformed-url', 'The URL is not well formed'),
  malformedRequest: kind(400, 'malformed-request', 'The request is not HTTP as this server understands it'),
  unauthenticated: kind(401, 'unauthenticated', 'A valid token is needed'),
  forbidden: kind(403, 'forbidden', 'The token does not allow this'),
  crossSite: kind(403, 'cross-site', 'The request is not one of our own pages or of a program'),
  notFound: kind(404, 'not-found', 'There is nothing at this address'),
  methodNotAllowed: kind(405, 'method-not-allowed', 'The resource does not know this method'),
  notAcceptable: kind(406, 'not-acceptable', 'The answer comes in no media type that is accepted'),
  requestTimeout: kind(408, 'request-timeout', 'The request took too long to arrive'),
  preconditionFailed: kind(
    412,
    'precondition-failed',
    'The resource is not what the request expects it to be',
  ),
  bodyTooLarge: kind(413, 'body-too-large', 'The body is too large'),
  expectationFailed: kind(
    417,
    'expectation-failed',
    'The expectation of the request is not one that is met here',
  ),
  unsupportedMediaType: kind(415, 'unsupported-media-type', 'The body has to be JSON'),
  tooManyRequests: kind(429, 'too-many-requests', 'Too many requests'),
  tooManyStreams: kind(429, 'too-many-streams', 'Too many live streams'),
  headersTooLarge: kind(431, 'headers-too-large', 'The URL or the headers are too long'),
  internalError: kind(500, 'internal-error', 'Something went wrong here'),
  overloaded: kind(503, 'overloaded', 'There are too many requests for this process'),
  unavailable: kind(503, 'unavailable', 'Something that this needs is not available'),
} as const satisfies Record<string, ProblemKind>;

/** To whom something was denied, for the log. */
export interface DeniedCaller {
  readonly role: string;
  readonly name: string;
}

export interface ProblemOptions {
  /** The caller may not have this. Never sent: also a 404 may be one. */
  readonly deniedTo?: DeniedCaller;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members (RFC 9457, section 3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An error that is sent to the client as it is: `detail` is for people, and reveals no internals. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(`${kind.status} ${kind.code}: ${detail}`);
  }

  /** 400: these fields are wrong. */
  static invalid(errors: readonly FieldError[]): Problem {
    const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    return new Problem(problems.invalidRequest, detail, { errors });
  }

  /** 404: what the path names does not exist. @param what which sort of thing is missing, where clients are to know */
  static notFound(
    detail: string,
    { code, title }: Pick<ProblemKind, 'code' | 'title'> = problems.notFound,
    options: Pick<ProblemOptions, 'deniedTo'> = {},
  ): Problem {
    return new Problem({ status: 404, code, title }, detail, options);
  }

  /** 403: the caller may not do this (RFC 6750). */
  static forbidden(detail: string, deniedTo: DeniedCaller): Problem {
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
    return new Problem(problems.forbidden, detail, { headers, deniedTo });
  }

  /** 503: certainly nothing was done; the client may retry after so many seconds. */
  static unavailable(
    detail: string,
    retryAfterSeconds: number,
    { code = problems.unavailable.code, title = problems.unavailable.title, members = {} } = {},
  ): Problem {
    const headers = { 'retry-after': String(retryAfterSeconds) };
    return new Problem({ status: 503, code, title }, detail, { headers, members });
  }

  /** The document of RFC 9457. */
  toJSON(): object {
    const { status, code, title } = this.kind;
    const { errors, members } = this.options;
    const core = { type: `/problems/${code}`, title, status, detail: this.detail, code };
    return { ...core, ...members, ...(errors && { errors }) };
  }
}
