import { databaseUser } from './table-rights';
import { kafkaUser, PRINCIPALS, type Principal } from './rights';

/** Who a principal is to Postgres: whoever rebuilds, rewrites or migrates views owns them. */
export function databaseUserOf(principal: Principal): string {
  return databaseUser(principal === 'operator' || principal === 'deployer' ? 'migrator' : principal);
}

/** Everybody who signs in to Postgres. */
export const DATABASE_USERS: readonly string[] = [...new Set(PRINCIPALS.map(databaseUserOf))];

export interface Passwords {
  /** By the name of the user (`kafkaUser`). */
  readonly kafka: Readonly<Record<string, string>>;
  /** By the name of the user (`databaseUserOf`). */
  readonly postgres: Readonly<Record<string, string>>;
}

/** The variables with which a process is the principal. @param databaseUrl of the database, without a user */
export function credentialsOf(
  principal: Principal,
  { kafka, postgres }: Passwords,
  databaseUrl: string,
): Record<string, string> {
  const user = databaseUserOf(principal);
  const url = new URL(databaseUrl);
  url.username = user;
  url.password = postgres[user] ?? '';
  return {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: kafkaUser(principal),
    KAFKA_SASL_PASSWORD: kafka[kafkaUser(principal)] ?? '',
    DATABASE_URL: url.href,
  };
}

/**
 * The principal of each command of the command line: who only looks is an analyst, who makes or changes something an operator. The rights
 * of none are enough for `restore`, which is run before there are access lists: docs/backup.md.
 */
export const COMMAND_PRINCIPALS: Readonly<Record<string, Principal>> = {
  events: 'analyst',
  sql: 'analyst',
  lag: 'analyst',
  notices: 'analyst',
  rebuild: 'operator',
  'as-of': 'operator',
  verify: 'operator',
  forget: 'operator',
  'dead-letters': 'operator',
  backup: 'operator',
  restore: 'deployer',
};
