import { chooseMode } from './mode';

const docker = async () => true;
const noDocker = async () => false;
const ALL = ['kafka', 'postgres', 'registry'];

describe('where the servers come from', () => {
  test('is containers where a Docker engine answers, otherwise this machine', async () => {
    expect(await chooseMode({}, {}, docker)).toEqual({ backbone: 'compose', own: ALL });
    expect(await chooseMode({}, {}, noDocker)).toEqual({ backbone: 'native', own: ALL });
  });

  test('is what the environment names, for those that it names', async () => {
    const some = { KAFKA_BROKERS: 'kafka:9092', DATABASE_URL: '' };
    expect(await chooseMode(some, {}, noDocker)).toEqual({
      backbone: 'native',
      own: ['postgres', 'registry'],
    });
    const all = {
      KAFKA_BROKERS: 'k:9092',
      DATABASE_URL: 'postgresql://p/l',
      SCHEMA_REGISTRY_URL: 'http://r',
    };
    expect(await chooseMode(all, {}, docker)).toEqual({ backbone: 'external', own: [] });
  });

  test.each(['compose', 'native'] as const)('is all %s with that BACKBONE', async (backbone) => {
    expect(await chooseMode({ KAFKA_BROKERS: 'k:9092' }, { forced: backbone }, noDocker)).toEqual({
      backbone,
      own: ALL,
    });
  });

  test('is all external with BACKBONE=external', async () => {
    expect(await chooseMode({}, { forced: 'external' }, docker)).toEqual({ backbone: 'external', own: [] });
  });

  test('stays where the data of the last start are, whether Docker has come or gone since', async () => {
    expect(await chooseMode({}, { known: 'native' }, docker)).toEqual({ backbone: 'native', own: ALL });
    await expect(chooseMode({}, { known: 'compose' }, noDocker)).rejects.toThrow(
      /start the engine, then run make up again.*BACKBONE=native/,
    );
    expect(await chooseMode({}, { known: 'external' }, docker)).toEqual({ backbone: 'compose', own: ALL });
  });

  test('changes when that is asked for', async () => {
    const choice = { known: 'compose', forced: 'native' } as const;
    expect(await chooseMode({}, choice, noDocker)).toEqual({ backbone: 'native', own: ALL });
  });
});
