import { loadConfig } from './config';

test('the defaults are those of the local system', () => {
  expect(loadConfig({})).toEqual({
    KAFKA_BROKERS: '127.0.0.1:19092',
    KAFKA_SSL: false,
    KAFKA_SESSION_TIMEOUT: 6_000,
    DATABASE_URL: 'postgresql://library:library@127.0.0.1:15433/library',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:18081/apis/ccompat/v7',
    TOPIC_PREFIX: 'library',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 3_000,
    OPS_PORT: undefined,
    PICKUP_WINDOW: 604_800_000,
    WRITE_TIMEOUT: 5_000,
    WRITE_QUEUE: 10_000,
    SHUTDOWN_TIMEOUT: 10_000,
    LOG_LEVEL: 'info',
    NOTICE_CHANNEL: 'log',
    NOTICE_FROM: 'Library <library@localhost>',
    NOTICE_TIMEOUT: 10_000,
    NOTICE_CONCURRENCY: 32,
    NOTICE_ATTEMPTS: 20,
    NOTICE_RETRY_PAUSE: 1_000,
    NOTICE_MAX_AGE: 604_800_000,
    STATEMENT_TIMEOUT: 3_000,
  });
});

test('variables of several rooms that are wrong are named at once', () => {
  const wrong = {
    PICKUP_WINDOW: 'x',
    HTTP_PORT: 'x',
    TOPIC_PREFIX: 'a/b',
    WRITE_QUEUE: '0',
    NOTICE_TIMEOUT: 'x',
  };
  for (const name of Object.keys(wrong)) expect(() => loadConfig(wrong)).toThrow(`${name}: `);
});
