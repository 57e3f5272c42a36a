import { chooseMode } from './mode';

const docker = async () => true;
const noDocker = async () => false;
const ALL = ['kafka', 'postgres', 'registry'];

describe('where the servers come from', () => {
  test('is containers where a Docker engine answers, otherwise this machine', async () => {
    expect(await chooseMode({}, undefined, docker)).toEqual({ backbone: 'compose', own: ALL });
    expect(await chooseMode({}, undefined, noDocker)).toEqual({ backbone: 'native', own: ALL });
  });

  test('is what the environment names, for those that it names', async () => {
    const some = { KAFKA_BROKERS: 'kafka:9092', DATABASE_URL: '' };
    expect(await chooseMode(some, undefined, noDocker)).toEqual({
      backbone: 'native',
      own: ['postgres', 'registry'],
    });
    const all = {
      KAFKA_BROKERS: 'k:9092',
      DATABASE_URL: 'postgresql://p/l',
      SCHEMA_REGISTRY_URL: 'http://r',
    };
    expect(await chooseMode(all, undefined, docker)).toEqual({ backbone: 'external', own: [] });
  });

  test.each(['compose', 'native'] as const)('is all %s with that BACKBONE', async (backbone) => {
    expect(await chooseMode({ KAFKA_BROKERS: 'k:9092' }, backbone, noDocker)).toEqual({ backbone, own: ALL });
  });

  test('is all external with BACKBONE=external', async () => {
    expect(await chooseMode({}, 'external', docker)).toEqual({ backbone: 'external', own: [] });
  });
});
