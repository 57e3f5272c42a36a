import { duration, wholeNumber } from '../../infra/config';

/** The variables of the group-commit writers. */
export const writerEnvironment = {
  WRITE_TIMEOUT: duration('5s', { min: '10ms', max: '1h' }).describe(
    'how long a write may wait for Kafka before it is answered 503 or 504',
  ),
  WRITE_QUEUE: wholeNumber({ min: 1, max: 100_000 })
    .default(10_000)
    .describe('how many writes may wait for Kafka; each one beyond is answered 503 at once'),
  WRITE_QUEUE_BYTES: wholeNumber({ min: 32_768, max: 1_073_741_824 })
    .default(67_108_864)
    .describe('how many bytes their records may have together'),
};
