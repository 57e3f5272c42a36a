import { VIEW_NAMES } from '../../consumer/all-views';
import { COMMANDS } from '../cli/commands';
import { ROLES } from '../roles/roles';
import { accessEntries, isInTable } from './access-lists';
import { COMMAND_PRINCIPALS, credentialsOf } from './credentials';
import { kafkaRights, PRINCIPALS } from './rights';
import { DATABASE_ROLES, PRIVILEGES, privilegesOn, SHARED_TABLES, TABLES } from './table-rights';

const rights = kafkaRights('library');
const who = (operation: string, name: string) =>
  rights
    .filter((right) => right.operation === operation && right.name === name)
    .map((right) => right.principal);

describe('the table of rights', () => {
  test('has each role of the platform, and each command', () => {
    expect(PRINCIPALS).toEqual(expect.arrayContaining([...ROLES]));
    expect(DATABASE_ROLES).toEqual(expect.arrayContaining([...ROLES]));
    expect(Object.keys(COMMAND_PRINCIPALS).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });

  test('lets nobody write to the stream but the API, the policies and operators', () => {
    expect(who('WRITE', 'library.reservations')).toEqual(['api', 'policies', 'operator']);
    expect(who('WRITE', 'library.outcomes')).toEqual(['availability']);
    expect(who('WRITE', 'library.forgotten')).toEqual(['operator']);
    expect(who('WRITE', 'library.idempotency-keys')).toEqual(['api']);
  });

  test('lets each consumer into its own group alone, and nobody else into any', () => {
    for (const view of VIEW_NAMES) expect(who('READ', `library.${view}`)).toEqual([view]);
  });

  test('lets analysts write nothing, and nobody but the deployer change the cluster', () => {
    expect(rights.filter(({ principal }) => principal === 'analyst').map((right) => right.operation)).toEqual(
      Array.from({ length: 5 }, () => 'READ'),
    );
    for (const table of TABLES) expect(['', 'SELECT']).toContain(privilegesOn(table, 'analyst').join());
    const changing = rights.filter(({ operation }) => ['ALTER', 'CREATE'].includes(operation));
    expect(new Set(changing.map(({ principal }) => principal))).toEqual(new Set(['deployer']));
  });

  test('lets one role write to each table, and each consumer to those that they share', () => {
    const writers = (table: (typeof TABLES)[number]) =>
      DATABASE_ROLES.filter((role) => privilegesOn(table, role).some((privilege) => privilege !== 'SELECT'));
    const shared: readonly string[] = SHARED_TABLES;
    for (const table of TABLES)
      expect([table, writers(table).length]).toEqual([table, shared.includes(table) ? VIEW_NAMES.length : 1]);
    expect(writers('copies')).toEqual(['availability']);
    expect(privilegesOn('history', 'availability')).not.toEqual(expect.arrayContaining(['DELETE']));
    expect(PRIVILEGES).toHaveLength(4);
  });
});

test('as access lists it concerns the topics and groups of its prefix alone', () => {
  expect(accessEntries('lib', 'notices')).toContainEqual({
    user: 'library-notices',
    kind: 'GROUP',
    name: 'lib.notices',
    operation: 'READ',
  });
  const isOurs = isInTable('lib');
  expect(isOurs({ kind: 'TOPIC', name: 'lib.outcomes' })).toBe(true);
  expect(isOurs({ kind: 'TOPIC', name: 'lib2.outcomes' })).toBe(false);
  expect(isOurs({ kind: 'CLUSTER', name: 'kafka-cluster' })).toBe(true);
});

test('a process has the user of its principal in Kafka and in Postgres', () => {
  const passwords = { kafka: { 'library-operator': 'k' }, postgres: { library_migrator: 'p' } };
  expect(
    credentialsOf('operator', passwords, 'postgresql://127.0.0.1:5432/library?sslmode=verify-full'),
  ).toEqual({
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'library-operator',
    KAFKA_SASL_PASSWORD: 'k',
    DATABASE_URL: 'postgresql://library_migrator:p@127.0.0.1:5432/library?sslmode=verify-full',
  });
});
