import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_FLAGS, ROLES } from '../app/roles/roles';
import { IMAGES } from '../infra/local/docker';
import { brokerProperties } from '../infra/local/native/kafka';
import { projectRoot } from '../infra/local/run';
import {
  asVariables,
  brokerSettings,
  INITDB_FLAGS,
  POSTGRES_SETTINGS,
  REGISTRY_HEAP,
  REGISTRY_SETTINGS,
} from '../infra/local/server-settings';
import { kafkaEnvironment } from '../infra/kafka/settings';
import { containerSpecs } from './container-specs';

const compose = readFileSync(path.join(projectRoot(), 'infra/compose/compose.yaml'), 'utf8');

/** The text of a service in compose.yaml. */
function serviceOf(name: string): string {
  return new RegExp(`^  ${name}:\n((?:    .*\n|\n)*)`, 'm').exec(compose)?.[1] ?? '';
}

/** The variables of a service in compose.yaml, without those that it does not set itself. */
function variablesOf(name: string): Record<string, string> {
  const lines = serviceOf(name).matchAll(/^ {6}([A-Z][A-Z_]*): (.+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, key = '', value = '']) => [key, value.replace(/^'(.*)'$/, '$1')]),
  );
}

const specOf = (name: string, ports = [1, 2, 3]) =>
  containerSpecs(['kafka', 'postgres', 'registry'], ports).find(({ service }) => service.name === name)!;

describe('the containers of tests, those of compose.yaml and the native servers', () => {
  test('have the same images', () => {
    for (const [name, image] of Object.entries(IMAGES)) {
      expect(serviceOf(name)).toContain(`    image: ${image}\n`);
      expect(specOf(name).image).toBe(image);
    }
  });

  test.each([1, 3, 5])('set %i brokers to the same', (count) => {
    const ports = Array.from({ length: count }, (_, index) => 9_000 + index);
    expect(specOf('kafka', [1, 2, ...ports]).env).toMatchObject(asVariables(brokerSettings(count)));
    const properties = brokerProperties({ ports, controllerPorts: ports }, 0, '/data');
    for (const [name, value] of Object.entries(brokerSettings(count)))
      expect(properties).toContain(`\n${name}=${value}\n`);
  });

  test('set the one broker of compose.yaml to the same', () => {
    expect(variablesOf('kafka')).toMatchObject(asVariables(brokerSettings(1)));
  });

  test('set Postgres to the same', () => {
    const settings = Object.entries(POSTGRES_SETTINGS).map(([name, value]) => `${name}=${value}`);
    expect(specOf('postgres').command).toEqual(expect.arrayContaining(settings));
    for (const setting of settings) expect(serviceOf('postgres')).toContain(`-c, ${setting}`);
    expect(specOf('postgres').env.POSTGRES_INITDB_ARGS).toBe(INITDB_FLAGS.join(' '));
    expect(variablesOf('postgres').POSTGRES_INITDB_ARGS).toBe(INITDB_FLAGS.join(' '));
  });

  test('set the registry to the same', () => {
    const variables = { ...REGISTRY_SETTINGS, JAVA_TOOL_OPTIONS: REGISTRY_HEAP.join(' ') };
    expect(specOf('registry').env).toMatchObject(variables);
    expect(variablesOf('registry')).toMatchObject(variables);
  });

  test('take every session time-out that a consumer may have', () => {
    const least = Number(brokerSettings(1)['group.min.session.timeout.ms']);
    expect(kafkaEnvironment.KAFKA_SESSION_TIMEOUT.parse(`${least}ms`)).toBe(least);
    expect(kafkaEnvironment.KAFKA_SESSION_TIMEOUT.safeParse(`${least - 1}ms`).success).toBe(false);
  });
});

describe('compose.yaml', () => {
  test('takes of the environment the ports of the servers, and nothing else that they could be changed by', () => {
    const servers = ['kafka', 'postgres', 'registry'].map(serviceOf).join('');
    const names = [...servers.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(['KAFKA_PORT', 'POSTGRES_PORT', 'REGISTRY_PORT']));
  });

  test('gives every server a limit of memory above its heap', () => {
    for (const name of Object.keys(IMAGES)) expect(serviceOf(name)).toMatch(/^ {4}mem_limit: \d+[mg]$/m);
  });

  test('runs every role in its profile app, with the heap that roles have elsewhere', () => {
    const started = [...compose.matchAll(/command: \[dist\/app\/roles\/start\.js, (\w+)\]/g)].map(
      ([, role]) => role,
    );
    expect(started.sort()).toEqual([...ROLES].sort());
    expect(compose).toContain(`NODE_OPTIONS: ${NODE_FLAGS.join(' ')}\n`);
  });
});
