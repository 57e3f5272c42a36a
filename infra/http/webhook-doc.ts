import type { ZodType } from 'zod';

/** A request that the platform sends, for the OpenAPI document. */
export interface WebhookDoc {
  readonly name: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** The headers that matter, by name, with their meaning. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ZodType;
  readonly example: unknown;
  /** What the receiver's answers mean, by status, or by class of them such as `2XX`. */
  readonly responses: Readonly<Record<string, string>>;
}
