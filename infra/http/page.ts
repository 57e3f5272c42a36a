import type { Request, Response } from 'express';
import type { ResponseDoc } from './route';

/**
 * Something to GET that is no operation of the API: health, metrics, documentation. Pages stay open where the API
 * asks for tokens, and are not rate limited.
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
