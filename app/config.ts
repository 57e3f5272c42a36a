import { z } from 'zod';
import { noticeEnvironment } from '../consumer/notices/settings';
import { policyEnvironment } from '../consumer/policies/settings';
import { viewEnvironment } from '../consumer/views/settings';
import { duration, parseEnvironment, type SettingsOf } from '../infra/config';
import { httpEnvironment } from '../infra/http/settings';
import { kafkaEnvironment } from '../infra/kafka/settings';
import { postgresEnvironment } from '../infra/postgres/settings';
import { writerEnvironment } from '../producer/writer/settings';
import { accessEnvironment } from '../schemas/access';
import { contractEnvironment } from '../schemas/settings';

/** The database of the local system (`make up`). */
const LOCAL_DATABASE_URL = 'postgresql://library:library@127.0.0.1:15433/library';

/** Every variable of the platform. Each part stands with the code that it configures. */
const environment = {
  ...kafkaEnvironment,
  ...postgresEnvironment(LOCAL_DATABASE_URL),
  ...contractEnvironment,
  ...httpEnvironment,
  ...accessEnvironment,
  ...writerEnvironment,
  ...viewEnvironment,
  ...policyEnvironment,
  ...noticeEnvironment,
  /** How long a process may take to finish what is under way before it is ended. */
  SHUTDOWN_TIMEOUT: duration('10s'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

/** The configuration, read once at start. Durations are in milliseconds. */
export type Config = SettingsOf<typeof environment>;

/**
 * Reads the configuration. An empty variable counts as absent.
 * @throws {Error} naming every variable that is wrong and what it should be
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return parseEnvironment(environment, env);
}
