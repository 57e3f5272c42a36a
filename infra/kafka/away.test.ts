import {
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
} from 'kafkajs';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { DeadlineError } from '../deadline';
import { UnknownTopicError } from '../event-log/log';
import { isAway, KafkaAwayError } from './away';
import { TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION } from './protocol/errors';

const gaveUp = (error: Error) =>
  new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 8, retryTime: 2_000 });
const connecting = (code: string) => new KafkaJSConnectionError(`Connection error: ${code}`, { code });

test.each([
  new DeadlineError(2_000),
  new KafkaAwayError('the connection was lost'),
  new KafkaJSError('Broker -1 not found in the cached metadata'),
  createErrorFromCode(UNKNOWN_TOPIC_OR_PARTITION),
  connecting('ECONNREFUSED'),
  gaveUp(connecting('ECONNRESET')),
  gaveUp(new KafkaJSError('Broker -1 not found in the cached metadata')),
  new Error('the schemas cannot be read', {
    cause: new Error('partition 0', { cause: new DeadlineError(1) }),
  }),
])('what brokers that are away are the reason for passes: %p', (error) => {
  expect(isAway(error)).toBe(true);
});

test.each([
  new Error('topic library.outcomes has 1 partitions and must have 12'),
  new UnknownTopicError('library.outcomes'),
  new KafkaJSNonRetriableError('wrong password'),
  createErrorFromCode(TOPIC_AUTHORIZATION_FAILED),
  gaveUp(new KafkaJSNonRetriableError('wrong password')),
  connecting('DEPTH_ZERO_SELF_SIGNED_CERT'),
  gaveUp(connecting('SELF_SIGNED_CERT_IN_CHAIN')),
  connecting('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  connecting('CERT_HAS_EXPIRED'),
  connecting('ERR_TLS_CERT_ALTNAME_INVALID'),
  connecting('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
  new TypeError('x is not a function'),
  'no error at all',
])('other things do not: %p', (error) => {
  expect(isAway(error)).toBe(false);
});
