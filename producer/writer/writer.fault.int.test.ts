import { until } from '../../infra/event-log/conformance/harness';
import { KafkaProxy } from '../../test/proxy';
import { testServers } from '../../test/servers';
import { FaultHarness } from './fault/testing';

jest.setTimeout(30_000);

describe('when Kafka has written, and its answer is lost', () => {
  const brokers = testServers().kafkaBrokers;
  let proxy: KafkaProxy;
  beforeEach(async () => {
    proxy = await KafkaProxy.start(brokers.split(','));
  });
  afterEach(() => proxy.close());

  test('all is written in the end, and stands where the writer says, as long as the connection breaks', async () => {
    const scene = await FaultHarness.open(brokers, { through: proxy.brokers, timeout: 5_000 });
    for (const count of [1, 2]) {
      await scene.acknowledges(100);
      proxy.loseProduceResponses(count, 'close');
    }
    await until(() => proxy.lost === 3, 'answers to be lost');
    await scene.acknowledges(100);
    expect(await scene.end()).toMatchObject({ maybe: 0, not: 0 });
    expect(await scene.lies()).toEqual([]);
    await scene.close();
  });

  test('a write whose time is over may be there, and the next one works again', async () => {
    const scene = await FaultHarness.open(brokers, { through: proxy.brokers, timeout: 300 });
    await scene.acknowledges(100);
    proxy.loseProduceResponses(1, 'hang');
    await scene.says('maybe recorded');
    await scene.acknowledges(100);
    expect(await scene.end()).toMatchObject({ not: 0 });
    expect(await scene.lies()).toEqual([]);
    await scene.close();
  });

  test('slow answers make the sends larger, and nothing else', async () => {
    proxy.delayProduceResponses(100);
    const scene = await FaultHarness.open(brokers, { through: proxy.brokers, timeout: 5_000 });
    await scene.acknowledges(100);
    expect(await scene.end()).toMatchObject({ maybe: 0, not: 0 });
    expect(await scene.lies()).toEqual([]);
    await scene.close();
  });

  test('connections that break under load cost no acknowledged write', async () => {
    const scene = await FaultHarness.open(brokers, { through: proxy.brokers, timeout: 5_000 });
    for (let time = 0; time < 3; time++) {
      await scene.acknowledges(50);
      proxy.cut();
    }
    await scene.acknowledges(50);
    expect(await scene.end()).toMatchObject({ maybe: 0, not: 0 });
    expect(await scene.lies()).toEqual([]);
    await scene.close();
  });
});
