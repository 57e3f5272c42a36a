import { KafkaJSError } from 'kafkajs';
import Runner from 'kafkajs/src/consumer/runner';
import { once } from './once';

/**
 * Teaches kafkajs' consumers to end when they are stopped. By itself one that is stopped just when a broker comes or goes begins to
 * fetch from the brokers of now, is told at once that it does not run, and asks again, for ever and without a pause: the process does
 * nothing else any more, and only SIGKILL ends it.
 */
export const endWhenStopped = once(() => {
  const { fetch } = Runner.prototype;

  Runner.prototype.fetch = async function (this: Runner, nodeId) {
    // An error that may pass is what ends all fetchers, and the consumer too once it sees that it is stopped.
    if (!this.running) throw new KafkaJSError('the consumer was stopped', { retriable: true });
    return fetch.call(this, nodeId);
  };
});
