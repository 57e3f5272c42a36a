import type { Request, Response } from 'express';
import type { ResponseDoc } from './route';

/**
 * A resource to GET that is not an operation of the API: health, metrics, documentation. Pages need no token, but where
 * the app says so (`pageAccess`), and are not rate limited then.
 */
export interface Page {
  /** As OpenAPI writes it. */
  readonly path: string;
  respond(request: Request, response: Response): Promise<void> | void;
  /** Absent: not in the OpenAPI document. */
  readonly doc?: {
    readonly operationId: string;
    readonly tag: string;
    readonly summary: string;
    readonly mediaType: string;
    readonly responses: Readonly<Record<number, ResponseDoc>>;
  };
}
