import { VIEW_NAMES } from '../../consumer/all-views';
import { loadConfig } from '../../app/config';
import { CLUSTER, kafkaRights, PRINCIPALS, type Principal } from '../../app/rights/rights';
import {
  DATABASE_ROLES,
  PRIVILEGES,
  privilegesOn,
  SHARED_TABLES,
  TABLES,
} from '../../app/rights/table-rights';
import { kafkaSettings } from '../../infra/kafka/client';
import { Intruder } from './kafka-refusals';
import type { SecureServers } from './secure-servers';
import type { SecureSystem } from './secure-system';
import { asUser, insertInto, isRefused, statementFor } from './table-refusals';

type Current = () => { readonly servers: SecureServers; readonly system: SecureSystem };

const TOPIC_OPERATIONS = ['READ', 'WRITE', 'CREATE', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const;
const FOR_NOBODY = ['DELETE', 'ALTER', 'ALTER_CONFIGS'] as const;
const CLUSTER_OPERATIONS = ['ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS'] as const;
const GROUPS = ['availability', 'demand', 'notices'];
/** That somebody may not ask for a group is all that kafkajs says of it. */
const REFUSAL = /^(TOPIC|GROUP|CLUSTER)_AUTHORIZATION_FAILED$|^Failed to find group coordinator$/;

/** Kafka refuses each principal everything that the table does not give it. */
export function kafkaRefusalTests(current: Current): void {
  test.each(PRINCIPALS)('Kafka refuses %s what the table of rights does not give', async (principal) => {
    const { environment, credentials } = current().system;
    const { topics, config } = environment;
    const prefix = config.TOPIC_PREFIX;
    const may = mayOf(principal, prefix);
    const env = { ...environment.env, ...credentials(principal) };
    const intruder = new Intruder(kafkaSettings(loadConfig(env), 'intruder'));
    await intruder.open();
    const answers: Record<string, string> = {};
    for (const topic of Object.values(topics)) {
      const denied = TOPIC_OPERATIONS.filter((operation) => !may(operation, topic));
      for (const operation of [...denied, ...FOR_NOBODY])
        answers[`${operation} ${topic}`] = await intruder.onTopic(operation, topic);
    }
    const own: string[] = [];
    for (const group of GROUPS.map((name) => `${prefix}.${name}`)) {
      const answer = await intruder.onGroup(group, topics.reservations);
      if (may('READ', group)) own.push(answer);
      else answers[group] = answer;
    }
    for (const operation of CLUSTER_OPERATIONS)
      if (!may(operation, CLUSTER)) answers[operation] = await intruder.onCluster(operation);
    await intruder.close();
    const allowed = Object.entries(answers).filter(([, answer]) => !REFUSAL.test(answer));
    expect(Object.fromEntries(allowed)).toEqual({});
    expect(own).toEqual(GROUPS.includes(principal) ? ['allowed'] : []);
    expect(Object.keys(answers).length).toBeGreaterThan(25);
  });
}

function mayOf(principal: Principal, prefix: string): (operation: string, name: string) => boolean {
  const rights = kafkaRights(prefix).filter((right) => right.principal === principal);
  const has = (operation: string, name: string) =>
    rights.some((right) => right.operation === operation && right.name === name);
  return (operation, name) =>
    has(operation, name) || (operation === 'DESCRIBE' && (has('READ', name) || has('WRITE', name)));
}

/** Postgres gives each role just what the table does. */
export function tableRefusalTests(current: Current): void {
  test('every table has a row in the table of rights', async () => {
    const { system } = current();
    const { rows } = await asUser(system.environment.env.DATABASE_URL!, (client) =>
      client.query<{ tablename: string }>(`SELECT tablename FROM pg_tables WHERE schemaname = 'library'`),
    );
    expect(rows.map(({ tablename }) => tablename).sort()).toEqual([...TABLES].sort());
  });

  test.each(DATABASE_ROLES)(
    'Postgres lets %s do what the table of rights says, and nothing else',
    async (role) => {
      const { system } = current();
      const columns = await firstColumns(system);
      const url = system.credentials(role).DATABASE_URL!;
      await asUser(url, async (client) => {
        const wrong: string[] = [];
        for (const table of TABLES)
          for (const privilege of PRIVILEGES) {
            const statement =
              privilege === 'INSERT'
                ? insertInto(table, isShared(table) ? role : undefined)
                : statementFor(privilege, table, columns.get(table)!);
            const may = privilegesOn(table, role).includes(privilege);
            if ((await isRefused(client, statement)) === may) wrong.push(`${role}: ${statement}`);
          }
        expect(wrong).toEqual([]);
        for (const statement of NOT_FOR_ROLES)
          expect([statement, await isRefused(client, statement)]).toEqual([statement, true]);
      });
    },
  );

  test.each(SHARED_TABLES)('a consumer changes no row of another one in %s', async (table) => {
    const { system } = current();
    await asUser(system.credentials('demand').DATABASE_URL!, async (client) => {
      const consumer = (name: string) => isRefused(client, insertInto(table, name));
      expect([await consumer('demand'), await consumer('notices')]).toEqual([false, true]);
      const { rows } = await client.query<{ consumer: string }>(
        `UPDATE library.${table} SET topic = topic RETURNING consumer`,
      );
      expect(rows.filter((row) => row.consumer !== 'demand')).toEqual([]);
      const seen = await client.query(`SELECT DISTINCT consumer FROM library.progress`);
      expect(seen.rows).toHaveLength(VIEW_NAMES.length);
    });
  });
}

const isShared = (table: string) => (SHARED_TABLES as readonly string[]).includes(table);

const NOT_FOR_ROLES = [
  'CREATE TABLE library.mine (i int)',
  'CREATE TABLE public.mine (i int)',
  'CREATE TEMPORARY TABLE mine (i int)',
  'CREATE SCHEMA mine',
  'TRUNCATE library.books',
  'DROP TABLE library.books',
  'ALTER TABLE library.books ADD COLUMN mine int',
  'CREATE ROLE mine',
  'SELECT * FROM public._prisma_migrations',
  `COPY library.books FROM PROGRAM 'true'`,
  `SELECT pg_read_file('postgresql.conf')`,
];

async function firstColumns({ environment }: SecureSystem): Promise<Map<string, string>> {
  const { rows } = await asUser(environment.env.DATABASE_URL!, (client) =>
    client.query<{ table_name: string; column_name: string }>(
      `SELECT DISTINCT ON (table_name) table_name, quote_ident(column_name) AS column_name
         FROM information_schema.columns WHERE table_schema = 'library' AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY table_name, ordinal_position`,
    ),
  );
  return new Map(rows.map((row) => [row.table_name, row.column_name]));
}
