import { z } from 'zod';
import { serverUrl } from '../infra/config';

/** The variables that lead to the topics and to their schemas. */
export const contractEnvironment = {
  SCHEMA_REGISTRY_URL: serverUrl(['http', 'https'], 'http://registry:8081').default(
    'http://127.0.0.1:18081/apis/ccompat/v7',
  ),
  /** The names of all topics start with it (`topicNames`). */
  TOPIC_PREFIX: z
    .string()
    .regex(
      /^(?!\.)[A-Za-z0-9._-]{1,200}$/,
      'should be the beginning of a topic name: at most 200 letters, digits, dots, dashes and underscores, and no dot first',
    )
    .default('library'),
};
