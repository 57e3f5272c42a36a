import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { documentedMetrics } from '../../app/roles/metrics-page';
import { NODE_FLAGS } from '../../app/roles/roles';
import { projectRoot } from '../../infra/local/run';
import { DASHBOARDS, fileOf, textOf } from '../../infra/observability/grafana';
import { namesIn } from './promql';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const read = (...path: string[]) => readFileSync(join(projectRoot(), ...path), 'utf8');
const { groups } = parse(read('infra', 'observability', 'prometheus', 'alerts.yml')) as {
  groups: { rules: Rule[] }[];
};
const RULES = groups.flatMap(({ rules }) => rules);
const RUNBOOK = read('docs', 'runbook.md');

/** Every series that a scrape of a role can give, with its labels. */
const SERIES = new Map(
  documentedMetrics().flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']] as const,
          [`${name}_sum`, labels] as const,
          [`${name}_count`, labels] as const,
        ]
      : [[name, labels] as const],
  ),
);
/** Prometheus' own. */
SERIES.set('up', []);
const OF_EVERY_SERIES = ['instance', 'job'];

const EXPRESSIONS = [
  ...RULES.map(({ alert, expr }) => [alert, expr] as const),
  ...DASHBOARDS.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.queries.map(({ expr }) => [`${title}, ${panel.title}`, expr] as const)),
  ),
];

test.each(EXPRESSIONS)('%s: its metrics are exported, with these labels (%s)', (_, expr) => {
  const { metrics, grouped } = namesIn(expr);
  expect(metrics.length).toBeGreaterThan(0);
  for (const { metric, labels } of metrics) {
    expect([...SERIES.keys()]).toContain(metric);
    expect([...OF_EVERY_SERIES, ...SERIES.get(metric)!]).toEqual(expect.arrayContaining([...labels]));
  }
  const all = metrics.flatMap(({ metric }) => [...SERIES.get(metric)!]);
  expect([...OF_EVERY_SERIES, ...all]).toEqual(expect.arrayContaining([...grouped]));
});

test('names in an expression are found, and words of the language are none', () => {
  const expr = `histogram_quantile(0.99, sum by (le, role) (rate(a_bucket{x="up, b", y=~"c"}[5m]))) > 2.2e6 unless on (z) d offset 1h`;
  expect(namesIn(expr)).toEqual({
    metrics: [
      { metric: 'a_bucket', labels: ['x', 'y'] },
      { metric: 'd', labels: [] },
    ],
    grouped: ['le', 'role', 'z'],
  });
});

test('a heap that is nearly full is told while there is room for some more, and everywhere with the size that roles have', () => {
  const [, mebibytes] = /--max-old-space-size=(\d+)/.exec(NODE_FLAGS.join(' '))!;
  const { expr, annotations } = RULES.find(({ alert }) => alert === 'LibraryHeapNearlyFull')!;
  const part = Number(/> (\S+)$/.exec(expr)![1]) / (Number(mebibytes) * 2 ** 20);
  expect(part).toBeGreaterThan(0.8);
  expect(part).toBeLessThan(0.9);
  const panels = DASHBOARDS.flatMap((dashboard) => dashboard.panels);
  const texts = [
    annotations['summary'],
    RUNBOOK.split('## LibraryHeapNearlyFull')[1]!.split('## ')[0],
    panels.find(({ title }) => title === 'Memory')!.about,
  ];
  for (const text of texts) expect(text).toContain(`${mebibytes} MiB`);
});

describe('the runbook', () => {
  const sections = new Map(
    RUNBOOK.split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0]!, section]),
  );

  test.each(RULES.map((rule) => [rule.alert, rule] as const))(
    'says of %s what it means, what to look at and what to do',
    (alert, { labels, annotations }) => {
      const section = sections.get(alert);
      expect(section).toMatch(/\*\*Means:\*\*[^]+\*\*Look at:\*\*[^]+\*\*Do:\*\*/);
      expect(section).toContain(labels['severity'] === 'page' ? '*Page.*' : '*Ticket.*');
      expect(annotations['runbook_url']).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(annotations['summary']).toMatch(/\S/);
    },
  );

  test('has no section of an alert that there is not', () => {
    expect([...sections.keys()]).toEqual(RULES.map(({ alert }) => alert));
  });

  test('names no metric that is not exported', () => {
    const named = [...RUNBOOK.matchAll(/`((?:library|nodejs|process|http|idempotency)_[a-z0-9_]+)`/g)];
    const exported = [...SERIES.keys(), ...documentedMetrics().map(({ name }) => name)];
    for (const [, name] of named) expect(exported).toContain(name);
  });
});

describe('dashboards', () => {
  test.each(DASHBOARDS.map((dashboard) => [dashboard.title, dashboard] as const))(
    '%s is written as Grafana takes it, and up to date',
    (_, dashboard) => {
      expect(readFileSync(fileOf(dashboard), 'utf8')).toBe(textOf(dashboard));
      expect(dashboard.panels.every(({ about }) => /[.]$/.test(about))).toBe(true);
    },
  );

  test('every metric of the platform is in an alert, on a dashboard, or one of the few that are only looked up', () => {
    const shown = EXPRESSIONS.flatMap(([, expr]) => namesIn(expr).metrics.map(({ metric }) => metric));
    const isShown = (name: string) =>
      [name, `${name}_bucket`, `${name}_sum`, `${name}_count`].some((each) => shown.includes(each));
    const hidden = documentedMetrics()
      .map(({ name }) => name)
      .filter((name) => !/^(nodejs|process)_/.test(name) && !isShown(name));
    expect(hidden.sort()).toEqual([
      'library_consumer_lag_records',
      'library_dead_letters_total',
      'library_live_resumed_total',
      'library_live_unreadable_total',
      'library_notice_attempt_seconds',
      'library_role_up',
      'library_writer_pending_bytes',
    ]);
  });
});
