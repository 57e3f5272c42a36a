import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { WebhookReceiver } from '../../consumer/notices/channels/testing';
import { projectRoot } from '../../infra/local/run';
import { waitUntil } from '../../infra/local/wait';
import { ApiClient } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { OtlpReceiver } from './otlp-receiver';
import { STORY, tellStory, TOLD, tracesOfOutcomes } from './traced';

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

describe('traces', () => {
  let environment: TestEnvironment;
  let collector: OtlpReceiver;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    [collector, receiver] = await Promise.all([OtlpReceiver.start(), WebhookReceiver.start()]);
    environment = await createTestEnvironment();
    const monolith = await RoleProcess.start([], { ...environment.env, ...receiver.env, ...collector.env });
    await tellStory(new ApiClient(() => monolith.url));
    await tracesOfOutcomes(environment);
    await waitUntil(() => receiver.calls.length >= TOLD.length, { what: 'no notice came', timeout: 30_000 });
    // What is left is sent before it ends.
    expect(await monolith.stop()).toBe(0);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([collector.close(), receiver.close()]);
    await environment.close();
  });

  const one = (name: RegExp, traceId: string) => {
    const found = collector.named(name, traceId);
    expect(found).toHaveLength(1);
    return found[0]!;
  };

  test.each(STORY)('trace %s: from the request to the outcome %s', (traceId, type) => {
    const { reservations, outcomes } = environment.topics;
    const request = one(/^(POST|DELETE) /, traceId);
    expect(request).toMatchObject({ kind: SERVER, parentSpanId: '00f067aa0ba902b7', service: 'library-all' });
    const status = type === 'ReservationRejected' ? '409' : '200';
    expect(request.attributes).toMatchObject({ 'http.response.status_code': status });
    expect(request.name).toBe(
      `${request.attributes['http.request.method']} ${request.attributes['http.route']}`,
    );

    const send = one(new RegExp(`^send ${reservations}$`), traceId);
    expect(send).toMatchObject({ kind: PRODUCER, parentSpanId: request.spanId });
    expect(send.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': reservations,
      'messaging.operation.type': 'send',
      'messaging.destination.partition.id': expect.stringMatching(/^\d+$/) as unknown,
      'messaging.kafka.offset': expect.stringMatching(/^\d+$/) as unknown,
    });

    const create = one(new RegExp(`^create ${outcomes}$`), traceId);
    expect(create).toMatchObject({ kind: PRODUCER, parentSpanId: send.spanId });

    const isAbout = (spanId: string) => (span: { links: readonly { spanId: string }[] }) =>
      span.links.some((link) => link.spanId === spanId);
    const projected = collector.named(new RegExp(`^process ${reservations}$`)).filter(isAbout(send.spanId));
    const views = new Set(projected.map(({ attributes }) => attributes['library.consumer']));
    expect([...views].sort()).toEqual(['availability', 'demand']);
    expect(projected.every(({ kind }) => kind === CONSUMER)).toBe(true);
    const sent = collector.named(new RegExp(`^send ${outcomes}$`)).filter(isAbout(create.spanId));
    expect(sent.length).toBeGreaterThan(0);
    const noticed = collector.named(new RegExp(`^process ${outcomes}$`)).filter(isAbout(create.spanId));
    expect(noticed.length).toBeGreaterThan(0);
  });

  test.each(TOLD)(
    'trace %s: the notice is delivered in it, and its receiver can go on with it',
    (traceId) => {
      const create = one(/^create /, traceId);
      const deliver = one(/^deliver notice /, traceId);
      expect(deliver).toMatchObject({ kind: CLIENT, parentSpanId: create.spanId });
      const told = receiver.calls.filter(({ traceparent }) => traceparent?.includes(traceId));
      expect(told.map(({ traceparent }) => traceparent)).toEqual([`00-${traceId}-${deliver.spanId}-01`]);
    },
  );

  test('they come as OTLP over HTTP', () => {
    expect([...collector.requests]).toEqual(['POST /v1/traces application/json']);
  });

  test('where they are not asked for, nothing that makes them is loaded', () => {
    const roles = join(projectRoot(), 'dist', 'app', 'roles', 'run-roles.js');
    const script = `require(${JSON.stringify(roles)});
      console.log(Object.keys(require.cache).filter((file) => /opentelemetry.(sdk|exporter|otlp|resources)/.test(file)).length)`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('0');
  });
});
