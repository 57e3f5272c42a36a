import type { Request, Response } from 'express';
import type { Scope } from './access';
import type { ResponseDoc } from './route';

/**
 * A resource to GET that is not an operation of the API: health, metrics, documentation. Pages need no token, but where
 * the app says so (`pageAccess`), and are not rate limited then.
 */
export interface Page {
  /** As OpenAPI writes it. */
  readonly path: string;
  /** @param scope what the caller gets of it: `all`, or `masked`, without what is no business of strangers */
  respond(request: Request, response: Response, scope: Scope): Promise<void> | void;
  /** Absent: not in the OpenAPI document. */
  readonly doc?: {
    readonly operationId: string;
    readonly tag: string;
    readonly summary: string;
    readonly mediaType: string;
    readonly responses: Readonly<Record<number, ResponseDoc>>;
  };
}
