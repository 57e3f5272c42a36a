import { Registry } from 'prom-client';
import { silent } from '../../infra/http/testing';
import { createTestEnvironment, type TestEnvironment } from '../../test/environment';
import { GroupCommitWriter } from '../writer/group-commit-writer';
import type { Writer } from '../writer/writer';
import { claim } from './testing';
import { TopicClaims } from './claims';

describe('idempotency keys on Kafka', () => {
  let environment: TestEnvironment;
  let writer: Writer;
  const running: TopicClaims[] = [];

  /** Starts one more instance of the service's claims. */
  async function start(): Promise<{ claims: TopicClaims; unchecked(): Promise<number> }> {
    const registry = new Registry();
    const topic = environment.topics.idempotencyKeys;
    const claims = new TopicClaims({ log: environment.log, writer, topic, logger: silent, registry });
    running.push(claims);
    expect(await claims.ready(20_000)).toBe(true);
    const unchecked = async () =>
      (await registry.getSingleMetric('idempotency_unchecked_total')!.get()).values[0]!.value;
    return { claims, unchecked };
  }

  beforeAll(async () => {
    environment = await createTestEnvironment();
    const options = {
      topic: environment.topics.idempotencyKeys,
      partitions: 1,
      timeout: 5_000,
      maxPending: 1_000,
    };
    writer = new GroupCommitWriter(environment.log.createAppender(), options);
  });

  afterAll(async () => {
    await Promise.all(running.map((claims) => claims.close()));
    await writer.close();
    await environment.close();
  });

  test('of concurrent claims of a key on two instances, one request gets it; a restart does not change that', async () => {
    const instances = [await start(), await start()];
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const owners = await Promise.all(
      keys.map(async (key, index) => {
        const claims = ['a', 'b', 'c'].map(async (meaning, turn) => {
          const granted = await claim(instances[(index + turn) % 2]!.claims, key, meaning);
          return granted ? meaning : undefined;
        });
        return (await Promise.all(claims)).filter((meaning) => meaning !== undefined);
      }),
    );
    expect(owners.map((meanings) => meanings.length)).toEqual(keys.map(() => 1));

    const restarted = await start();
    for (const [index, key] of keys.entries()) {
      expect(await claim(restarted.claims, key, owners[index]![0]!)).toBe(true);
      expect(await claim(restarted.claims, key, 'another')).toBe(false);
    }
    expect(await Promise.all([...instances, restarted].map(({ unchecked }) => unchecked()))).toEqual([
      0, 0, 0,
    ]);
  });
});
