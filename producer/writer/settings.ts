import { z } from 'zod';
import { duration } from '../../infra/config';

/** The variables of the group-commit writers. */
export const writerEnvironment = {
  /** How long a write may wait for Kafka before it is answered 503 or 504. */
  WRITE_TIMEOUT: duration('5s'),
  /** How many writes may wait for Kafka; each one beyond is answered 503 at once. */
  WRITE_QUEUE: z.coerce.number().int().min(1).default(10_000),
};
