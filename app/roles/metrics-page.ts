/** Writes `docs/metrics.md` from the registrations of the metrics; with `--check` it only reports whether that is up to date. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Registry, type MetricObject } from 'prom-client';
import { VIEW_NAMES } from '../../consumer/all-views';
import { registerSetAsideGauges } from '../../consumer/dead-letters/monitoring';
import { LiveMetrics } from '../../consumer/live/metrics';
import { NoticeMetrics } from '../../consumer/notices/metrics';
import { PolicyMetrics } from '../../consumer/policies/metrics';
import { ProjectorMetrics } from '../../consumer/projector/metrics';
import { registerStoredLag } from '../../consumer/projector/stored-metrics';
import { registerOutboxGauges } from '../../consumer/views/availability/outbox-metrics';
import { RelayMetrics } from '../../consumer/views/availability/relay-metrics';
import { deniedCounter } from '../../infra/http/denials';
import { createHttpMetrics } from '../../infra/http/metrics';
import { registerCheckGauge } from '../../infra/http/ops';
import { projectRoot } from '../../infra/local/run';
import { makePage } from '../../infra/made-page';
import { uncheckedCounter } from '../../producer/idempotency/metrics';
import { WriterMetrics } from '../../producer/writer/metrics';
import { registerBuildInfo } from './build-info';
import { registerPoolGauges } from './pools';
import { RoleMetrics } from './role-metrics';

/** Registered and never looked at here, so that nothing has to answer. */
const nothing = {} as Pool & { bounds(): Promise<never[]> };

/** What each role registers. The test of all roles in one process holds it against what they serve. */
const REGISTRATIONS: readonly (readonly [where: string, register: (registry: Registry) => void])[] = [
  [
    'all',
    (registry) => {
      registerBuildInfo(registry);
      registerCheckGauge(registry, []);
      registerPoolGauges(registry, { entries: () => [] });
      collectDefaultMetrics({ register: registry });
    },
  ],
  ['several in one process', (registry) => void new RoleMetrics(registry)],
  [
    'api',
    (registry) => {
      createHttpMetrics(registry);
      deniedCounter(registry);
      new WriterMetrics(registry).watch(() => ({ pending: 0, pendingBytes: 0 }));
      uncheckedCounter(registry);
      registerStoredLag(registry, nothing, nothing);
      registerOutboxGauges(registry, nothing);
      new LiveMetrics(registry).watch(() => 0);
    },
  ],
  [
    VIEW_NAMES.join(', '),
    (registry) => {
      new ProjectorMetrics(registry, 'any');
      registerSetAsideGauges(registry, nothing, []);
    },
  ],
  ['availability', (registry) => void new RelayMetrics(registry)],
  [
    'notices',
    (registry) =>
      new NoticeMetrics(registry).watch(
        { counts: () => Promise.reject(new Error('nobody')) },
        { awakeFor: () => Infinity },
      ),
  ],
  ['policies', (registry) => void new PolicyMetrics(registry, () => false)],
];

/** Not everywhere: what Node.js tells depends on the system. */
const OF_LINUX = /^process_(open_fds|max_fds|virtual_memory_bytes|heap_bytes)$/;

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** The roles that export it. */
  readonly where: string;
}

type Registered = MetricObject & { readonly labelNames?: readonly string[] };

/** Every metric that a role can export, but for a few that only Linux has (`process_open_fds` and the like). */
export function documentedMetrics(): DocumentedMetric[] {
  return REGISTRATIONS.flatMap(([where, register]) => {
    const registry = new Registry();
    register(registry);
    return (registry.getMetricsAsArray() as unknown as Registered[])
      .filter(({ name }) => !OF_LINUX.test(name))
      .map(({ name, type, help, labelNames = [] }) => ({
        ...{ name, help, where },
        labels: labelNames,
        type: String(type),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

const HEAD = `# Metrics

Made by \`npm run generate\` from the registrations. Every process serves them at \`/metrics\`, in Prometheus' text format: an API on its own
port, a consumer on \`OPS_PORT\`. Names follow Prometheus' rules: \`_total\` is a counter, and the unit comes last.
A histogram \`x\` is exported as \`x_bucket\`, \`x_sum\` and \`x_count\`. Alerts and dashboards on them:
[infra/observability](../infra/observability), with a [runbook](runbook.md).

What is counted for events is counted once for each batch, so it costs the same however many events there are. Gauges that ask the database
or Kafka do so when they are scraped, and are absent while it is away. \`library_stored_…\`, \`library_outbox_outcomes\` and
\`library_outbox_age_seconds\` come from the API: they stay when the consumer is gone. Several APIs export the same values: take
\`max by (consumer, partition)\`. \`library_outbox_attempts_total\` and \`library_outbox_troubled_partitions\` come from \`availability\`.
`;

const NODE = /^(nodejs|process)_/;

function rowOf({ name, type, labels, help, where }: DocumentedMetric): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${shown || '–'} | ${where} | ${help} |`;
}

/** The page. */
export function metricsPage(): string {
  const metrics = documentedMetrics();
  const heading = '| metric | type | labels | role | |\n|---|---|---|---|---|';
  const tableOf = (wanted: (name: string) => boolean) =>
    [heading, ...metrics.filter(({ name }) => wanted(name)).map(rowOf)].join('\n');
  return [
    HEAD,
    `## Of the platform\n\n${tableOf((name) => !NODE.test(name))}\n`,
    `## Of Node.js: event loop, garbage collector, memory\n\nOn Linux also \`process_open_fds\`, \`process_max_fds\`, \`process_virtual_memory_bytes\` and \`process_heap_bytes\`.\n\n${tableOf((name) => NODE.test(name))}\n`,
  ].join('\n');
}

export const METRICS_PAGE = join(projectRoot(), 'docs', 'metrics.md');

if (require.main === module) makePage(METRICS_PAGE, metricsPage(), 'the registrations');
