import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadConfig, VARIABLES } from '../../app/config';
import { NODE_FLAGS, ROLES } from '../../app/roles/roles';
import { ALL_VIEWS } from '../../consumer/all-views';
import { projectRoot } from '../../infra/local/run';
import { topicNames, topicSpecs } from '../../schemas/topics';

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly topologySpreadConstraints: readonly { labelSelector: Selector; topologyKey: string }[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env?: readonly { name: string; value: string }[];
    readonly securityContext: object;
    readonly startupProbe: object;
    readonly livenessProbe: object;
    readonly readinessProbe: object;
  }[];
}

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: Selector;
    readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: Pod };
    readonly minAvailable?: unknown;
    readonly maxUnavailable?: unknown;
    readonly partitions: number;
    readonly config: Readonly<Record<string, unknown>>;
    readonly minReplicaCount: number;
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[];
  };
  readonly resources?: readonly string[];
  readonly configMapGenerator?: readonly { readonly literals: readonly string[] }[];
  readonly secretGenerator?: readonly { readonly literals: readonly string[] }[];
}

const FOLDER = join(projectRoot(), 'infra', 'kubernetes');
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);
const documentsIn = (file: string) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Resource;
  });
const ALL = files.flatMap(documentsIn);
const of = (kind: string) => ALL.filter((resource) => resource.kind === kind);
const named = (kind: string, name: string) => of(kind).find(({ metadata }) => metadata.name === name)!;

test.each(ROLES)(
  '%s: runs as make up runs it, is spread, is probed, and is taken away one at a time',
  (role) => {
    const { spec } = named('Deployment', `library-${role}`);
    const labels = { 'app.kubernetes.io/name': 'library', 'app.kubernetes.io/component': role };
    expect(spec.selector.matchLabels).toEqual(labels);
    expect(spec.template.metadata.labels).toMatchObject(labels);
    const pod = spec.template.spec;
    const [container] = pod.containers;
    expect(container!.args).toEqual([...NODE_FLAGS, 'dist/app/roles/start.js', role]);
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/livez', port: 'ops' } },
      livenessProbe: { httpGet: { path: '/livez', port: 'ops' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'ops' } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    for (const { labelSelector } of pod.topologySpreadConstraints)
      expect(labelSelector.matchLabels).toEqual(labels);
    const { maxUnavailable, selector } = named('PodDisruptionBudget', `library-${role}`).spec;
    expect([maxUnavailable, selector.matchLabels]).toEqual([1, labels]);
    // It is not killed before it has finished by itself.
    const env = Object.fromEntries((container!.env ?? []).map(({ name, value }) => [name, value]));
    const { SHUTDOWN_DELAY, SHUTDOWN_TIMEOUT } = loadConfig(env);
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(SHUTDOWN_DELAY + SHUTDOWN_TIMEOUT);
  },
);

test('there is one deployment for each role, and no other', () => {
  expect(
    of('Deployment')
      .map(({ metadata }) => metadata.name)
      .sort(),
  ).toEqual(ROLES.map((role) => `library-${role}`).sort());
});

test('the topics are those of the platform, set as it checks them', () => {
  const found = of('KafkaTopic').map(({ metadata, spec }) => ({
    ...{ topic: metadata.name, partitions: spec.partitions },
    settings: Object.fromEntries(
      Object.entries(spec.config)
        .filter(([name]) => name !== 'min.insync.replicas')
        .map(([name, value]) => [name, String(value)]),
    ),
  }));
  expect(found).toEqual(topicSpecs(topicNames('library')));
});

test('a consumer is scaled by the lag of its own group on its own topic', () => {
  for (const { name, events } of ALL_VIEWS) {
    const { scaleTargetRef, triggers } = named('ScaledObject', `library-${name}`).spec;
    expect(scaleTargetRef.name).toBe(`library-${name}`);
    const topic = topicNames('library')[events.name];
    expect(triggers[0]!.metadata).toMatchObject({ consumerGroup: `library.${name}`, topic });
  }
});

test('every setting is one of the platform, and together they are right', () => {
  const literals = of('Kustomization').flatMap(({ configMapGenerator = [], secretGenerator = [] }) =>
    [...configMapGenerator, ...secretGenerator].flatMap((each) => each.literals),
  );
  const env = Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)));
  for (const name of Object.keys(env)) expect(VARIABLES).toContain(name);
  expect(loadConfig(env)).toMatchObject({ HTTP_PORT: 3_000, OPS_PORT: 3_001, OPS_ONLY: true, AUTH: 'jwt' });
});

test('every file is part of a kustomization', () => {
  const parts = files
    .filter((file) => file.endsWith('kustomization.yaml'))
    .flatMap((file) =>
      documentsIn(file).flatMap(({ resources = [] }) => resources.map((each) => join(file, '..', each))),
    );
  const others = files.filter((file) => !file.endsWith('kustomization.yaml'));
  expect(parts).toEqual(expect.arrayContaining(others));
});
