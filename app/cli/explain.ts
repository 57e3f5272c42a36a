import type { Config } from '../config';
import { UnknownTopicError } from '../../infra/event-log/log';
import { refusedUser } from '../../infra/kafka/security/refused';
import { ForgottenUnreadableError } from '../../schemas/forgotten/forgotten-users';
import { isTransient } from '../../infra/postgres/errors';

/** SQLSTATEs of missing tables, columns and schemas. */
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);

/** An error of kafkajs or pg. */
type ServerError = Error & { readonly code?: unknown; readonly type?: unknown };

/** An error in a sentence for the user; where a server is the reason, with what to do. */
export function explain(error: unknown, config: () => Config): string {
  const { name, message, code, type } = error as ServerError;
  if (error instanceof ForgottenUnreadableError && error.cause) return explain(error.cause, config);
  if (error instanceof UnknownTopicError)
    return `${message}: run "make up", or set KAFKA_BROKERS and TOPIC_PREFIX to where it is.`;
  const refused = refusedUser(error);
  if (refused) return refused;
  if (name.startsWith('KafkaJS') || type !== undefined)
    return `Kafka at ${config().KAFKA_BROKERS} cannot be asked: ${message}. Run "make up", or set KAFKA_BROKERS.`;
  if (isTransient(error))
    return `Postgres at ${new URL(config().DATABASE_URL).host} cannot be asked: ${message}. Run "make up", or set DATABASE_URL.`;
  if (typeof code === 'string' && NOT_MIGRATED.has(code))
    return `The database is not as this version needs it: ${message}. Run "make up", or "npm run -s deploy" against your own servers.`;
  return message;
}
