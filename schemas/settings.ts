import { z } from 'zod';

/** The variables that lead to the topics and to their schemas. */
export const contractEnvironment = {
  SCHEMA_REGISTRY_URL: z.url().default('http://127.0.0.1:18081/apis/ccompat/v7'),
  /** The names of all topics start with it (`topicNames`). */
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/)
    .default('library'),
};
