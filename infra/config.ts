import { z } from 'zod';
import { parseDuration } from './duration';

const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        return parseDuration(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    });

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const wholeNumber = z.coerce.number().int().min(0);
const flag = z.stringbool().default(false);

const environment = z.object({
  KAFKA_BROKERS: z.string().min(1).default('127.0.0.1:19092'),
  KAFKA_SSL: flag,
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** How long Kafka waits for a consumer that says nothing before its partitions go to others. */
  KAFKA_SESSION_TIMEOUT: duration('6s'),
  DATABASE_URL: z.url().default('postgresql://library:library@127.0.0.1:15433/library'),
  SCHEMA_REGISTRY_URL: z.url().default('http://127.0.0.1:18081/apis/ccompat/v7'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/)
    .default('library'),
  /** Copies of each partition a new topic gets; absent = as many as there are brokers, 3 at most. */
  REPLICATION_FACTOR: z.coerce.number().int().min(1).optional(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port(3000),
  OPS_PORT: port(0).optional(),
  PICKUP_WINDOW: duration('7d'),
  MAX_OPEN_RESERVATIONS: wholeNumber.optional(),
  /** How long a write may wait for Kafka before it is answered 503 or 504. */
  WRITE_TIMEOUT: duration('5s'),
  /** How many writes may wait in line for Kafka; one more is answered 503 at once. */
  WRITE_QUEUE: z.coerce.number().int().min(1).default(10_000),
  /** `token=staff:name` or `token=patron:userId`, separated by `;`. Absent = no authentication. */
  API_TOKENS: z.string().optional(),
  /** Requests a second and caller. Absent = unlimited. */
  RATE_LIMIT: z.coerce.number().positive().optional(),
  SHUTDOWN_TIMEOUT: duration('10s'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How users are told. The variables of the other channels are not looked at. */
  NOTICE_CHANNEL: z.enum(['log', 'smtp', 'webhook']).default('log'),
  NOTICE_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'should be smtp://… or smtps://…, the address of a mail server' })
    .optional(),
  NOTICE_FROM: z.string().default('Library <library@localhost>'),
  NOTICE_EMAIL_TO: z
    .string()
    .regex(
      /^[^\s,]*\{userId\}[^\s,]*$/,
      'should be one address with {userId} in it, such as {userId}@example.org',
    )
    .refine((address) => address.includes('@'), 'should be an address, such as {userId}@example.org')
    .optional(),
  NOTICE_WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'should be https://… or http://…' }).optional(),
  NOTICE_WEBHOOK_SECRET: z.string().min(16, 'should have at least 16 characters').optional(),
  /** How long one attempt to deliver a notice may take. */
  NOTICE_TIMEOUT: duration('10s'),
  /** How many notices each process delivers side by side. */
  NOTICE_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(32),
  /** After so many attempts a notice is given up. The pauses double from the first one up to an hour. */
  NOTICE_ATTEMPTS: z.coerce.number().int().min(1).max(1_000).default(20),
  NOTICE_RETRY_PAUSE: duration('1s'),
  /** Outcomes that are older when they are first read are told to nobody. */
  NOTICE_MAX_AGE: duration('7d'),
});

/** Everything the environment can say, read once at start. Durations are milliseconds. */
export type Config = Readonly<z.output<typeof environment>>;

/**
 * Reads the configuration. An empty variable counts as absent.
 * @throws {Error} naming every variable that is wrong and what it should be
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment is not right. ${wrong.join('; ')}`);
}

/** The names of the topics; all start with `TOPIC_PREFIX`. */
export interface Topics {
  readonly reservations: string;
  readonly outcomes: string;
  readonly deadLetters: string;
  readonly idempotencyKeys: string;
}

export function topicNames(prefix: string): Topics {
  return {
    reservations: `${prefix}.reservations`,
    outcomes: `${prefix}.outcomes`,
    deadLetters: `${prefix}.dead-letters`,
    idempotencyKeys: `${prefix}.idempotency-keys`,
  };
}
