import { noticeEnvironment } from '../consumer/notices/settings';
import { policyEnvironment } from '../consumer/policies/settings';
import { viewEnvironment } from '../consumer/views/settings';
import { choice, duration, flag, parseEnvironment, type SettingsOf } from '../infra/config';
import { httpEnvironment } from '../infra/http/settings';
import { kafkaEnvironment } from '../infra/kafka/settings';
import { postgresEnvironment } from '../infra/postgres/settings';
import { tracingEnvironment } from '../infra/tracing/settings';
import { writerEnvironment } from '../producer/writer/settings';
import { accessEnvironment } from '../schemas/access-settings';
import { contractEnvironment } from '../schemas/settings';

/** The database of the local system (`make up`). */
const LOCAL_DATABASE_URL = 'postgresql://library:library@127.0.0.1:15433/library';

/** Every variable of the platform. Each part stands with the code that it configures. */
export const environment = {
  ...kafkaEnvironment,
  ...postgresEnvironment(LOCAL_DATABASE_URL),
  ...contractEnvironment,
  ...httpEnvironment,
  ...accessEnvironment,
  ...writerEnvironment,
  ...viewEnvironment,
  ...policyEnvironment,
  ...noticeEnvironment,
  ...tracingEnvironment,
  SHUTDOWN_DELAY: duration('0s', { min: '0s', max: '10m' }).describe(
    'for how long an API that is told to end goes on serving, while `/readyz` answers 503: time for load balancers to notice',
  ),
  SHUTDOWN_TIMEOUT: duration('10s', { min: '100ms', max: '1h' }).describe(
    'how long a process may take afterwards to finish what is under way',
  ),
  GRANT_RIGHTS: flag().describe(
    "whether `npm run -s deploy` makes Kafka's access lists and Postgres' privileges: [the tables](security.md#rights)",
  ),
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('the lines of this level and above are logged: [the fields](logs.md)'),
};

/** The names of all variables. */
export const VARIABLES: readonly string[] = Object.keys(environment);

/** The configuration, read once at start. Durations are in milliseconds. */
export type Config = SettingsOf<typeof environment>;

/**
 * Reads the configuration. A variable that is set but blank is refused.
 * @throws {Error} naming every variable that is wrong and what it should be
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return parseEnvironment(environment, env);
}
