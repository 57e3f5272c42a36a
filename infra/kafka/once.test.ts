import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup';
import OffsetManager from 'kafkajs/src/consumer/offsetManager';
import Runner from 'kafkajs/src/consumer/runner';
import Connection from 'kafkajs/src/network/connection';
import fetchV11 from 'kafkajs/src/protocol/requests/fetch/v11/response';
import metadataV5 from 'kafkajs/src/protocol/requests/metadata/v5/response';
import metadataV6 from 'kafkajs/src/protocol/requests/metadata/v6/response';
import { createLogger } from '../logger';
import { createKafka } from './client';
import { once } from './once';

test('what is called more than once is done once', () => {
  const action = jest.fn();
  const act = once(action);
  expect(action).not.toHaveBeenCalled();
  act();
  act();
  expect(action).toHaveBeenCalledTimes(1);
});

/** What we have changed of kafkajs. */
const patched = () => [
  CompressionCodecs[CompressionTypes.GZIP],
  Connection.prototype.disconnect,
  metadataV5.parse,
  metadataV6.parse,
  ConsumerGroup.prototype.heartbeat,
  ConsumerGroup.prototype.joinAndSync,
  ConsumerGroup.prototype.recoverFromFetch,
  OffsetManager.prototype.getCoordinator,
  Runner.prototype.fetch,
  fetchV11.decode,
];

test('the first client changes kafkajs, the next one does not change it again', () => {
  const create = () => createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test' }, createLogger('silent'));
  const before = patched();
  create();
  const after = patched();
  after.forEach((each, index) => expect(each).not.toBe(before[index]));
  create();
  patched().forEach((each, index) => expect(each).toBe(after[index]));
});
