import { ANONYMOUS, type Access, type Scope } from '../infra/http/access';
import { Problem } from '../infra/http/problem';
import type { Caller, RouteRequest } from '../infra/http/route';

/** What credentials can make of a caller. */
export const ROLES = ['patron', 'staff', 'analyst'] as const;
export type Role = (typeof ROLES)[number];

/** What each role gets of an operation, and whoever sends no credentials where they are wanted. */
type RoleAccess = Readonly<Record<'anonymous' | Role, Scope>>;

const access = (anonymous: Scope, patron: Scope, staff: Scope, analyst: Scope): RoleAccess => ({
  ...{ anonymous, patron, staff, analyst },
});

const OPEN = access('all', 'all', 'all', 'all');
const SIGNED_IN = access('none', 'all', 'all', 'all');
const OTHERS_MASKED = access('none', 'masked', 'all', 'masked');
const PERSONAL = access('none', 'own', 'all', 'masked');
const ACTING = access('none', 'own', 'all', 'none');
const STAFF_ONLY = access('none', 'none', 'all', 'none');
const OPERATING = access('none', 'none', 'all', 'masked');

/** Who may do what: every operation of the API, by method and path. An operation without an entry does not compile. */
export const ACCESS = {
  'GET /v1/books': SIGNED_IN,
  'GET /v1/books/{bookId}': SIGNED_IN,
  'GET /v1/demand': SIGNED_IN,
  'GET /v1/demand/daily': SIGNED_IN,
  'GET /v1/books/{bookId}/forecast': SIGNED_IN,

  'GET /v1/books/{bookId}/copies': OTHERS_MASKED,
  'GET /v1/books/{bookId}/reservations': OTHERS_MASKED,
  'GET /v1/books/{bookId}/history': OTHERS_MASKED,

  'GET /v1/books/{bookId}/reservations/{reservationId}': PERSONAL,
  'GET /v1/users/{userId}/reservations': PERSONAL,
  'GET /v1/events': PERSONAL,

  'GET /v1/hold-shelf': STAFF_ONLY,
  'GET /v1/pull-list': STAFF_ONLY,

  'GET /v1/consumers': OPERATING,
  'GET /v1/dead-letters': OPERATING,

  'GET /v1/me': SIGNED_IN,

  'POST /v1/books/{bookId}/reservations': ACTING,
  'DELETE /v1/books/{bookId}/reservations/{reservationId}': ACTING,
  'POST /v1/books/{bookId}/reservations/{reservationId}/suspension': ACTING,
  'DELETE /v1/books/{bookId}/reservations/{reservationId}/suspension': ACTING,

  'PUT /v1/books/{bookId}': STAFF_ONLY,
  'PUT /v1/books/{bookId}/copies/{copyId}': STAFF_ONLY,
  'DELETE /v1/books/{bookId}/copies/{copyId}': STAFF_ONLY,
  'POST /v1/books/{bookId}/copies/{copyId}/loans': STAFF_ONLY,
  'POST /v1/books/{bookId}/copies/{copyId}/returns': STAFF_ONLY,
} as const satisfies Readonly<Record<`${'GET' | 'PUT' | 'POST' | 'DELETE'} /v1/${string}`, RoleAccess>>;

export type OperationName = keyof typeof ACCESS;

/**
 * The pages that the API serves beside its operations, by path. On the port for operations all of them are open. `/readyz` is masked
 * by leaving out the dependencies.
 */
export const PAGE_ACCESS = {
  '/livez': OPEN,
  '/readyz': access('masked', 'masked', 'all', 'all'),
  '/metrics': access('none', 'none', 'all', 'all'),
  '/openapi.json': OPEN,
  '/asyncapi.json': OPEN,
  '/docs': OPEN,
  '/docs/events': OPEN,
  '/docs/': OPEN,
  '/docs/start.js': OPEN,
  '/docs/swagger-ui.css': OPEN,
  '/docs/swagger-ui-bundle.js': OPEN,
  '/docs/favicon-32x32.png': OPEN,
  '/problems/{code}': OPEN,
  '/': OPEN,
  '/books/{bookId}': OPEN,
  '/me': OPEN,
  '/desk': OPEN,
  '/stream': OPEN,
  '/how': OPEN,
  '/favicon.ico': OPEN,
} as const satisfies Readonly<Record<`/${string}`, RoleAccess>>;

/** Those of the pages that are not for everybody, by path. */
export const GUARDED_PAGES: Readonly<Record<string, Access>> = Object.fromEntries(
  Object.entries(PAGE_ACCESS).filter(([, { anonymous }]) => anonymous !== 'all'),
);

type MethodOf<N extends OperationName> = N extends `${infer M} ${string}` ? Lowercase<M> : never;
type PathOf<N extends OperationName> = N extends `${string} ${infer P}` ? P : never;

/** Method, path and access of an operation. */
export function endpoint<N extends OperationName>(
  name: N,
): { readonly method: MethodOf<N>; readonly path: PathOf<N>; readonly access: Access } {
  const [method, path] = name.split(' ') as [string, string];
  return { method: method.toLowerCase() as MethodOf<N>, path: path as PathOf<N>, access: ACCESS[name] };
}

/** Whose request it is, and what they get. */
export type Viewer = Pick<RouteRequest<unknown, unknown, unknown>, 'caller' | 'scope'>;

/** The user whose own things are all that the caller gets; undefined: they are not restricted to any. */
export function onlyUser({ caller, scope }: Viewer): string | undefined {
  return scope === 'own' ? caller.name : undefined;
}

/**
 * @param user whom the request is about; null: nobody in particular
 * @throws {Problem} 403 for a caller who is restricted to what is their own
 */
export function requireSelf(viewer: Viewer, user: string | null): void {
  const only = onlyUser(viewer);
  if (only === undefined || user === only) return;
  throw Problem.forbidden(`A patron may only act for themselves: userId has to be "${only}".`, viewer.caller);
}

/** Who acted, as the events on the stream say it (CloudEvents' auth context). */
export interface Actor {
  readonly type: 'user' | 'service' | 'unauthenticated';
  /** Absent where nobody is known. */
  readonly id?: string;
  /** What allowed it. */
  readonly role?: string;
}

/** The caller as an actor. */
export function actorOf(caller: Caller): Actor {
  if (caller === ANONYMOUS) return { type: 'unauthenticated' };
  return { type: 'user', id: caller.name, role: caller.role };
}
