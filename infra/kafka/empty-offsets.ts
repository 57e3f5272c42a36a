import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import type { Cluster } from './cluster';
import type { BrokerAddress } from './protocol/metadata';
import type { Request } from './protocol/request';
import {
  coordinatorRequest,
  giveUpRequest,
  joinRequest,
  producerIdRequest,
  type TransactionalProducer,
} from './protocol/transactions';

const ANSWER_TIMEOUT_MS = 10_000;
/** A coordinator that is just being made, or is still busy with the transaction before, is asked again for so long. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;
const TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * Makes offsets without records. The end of a transaction takes one offset in each partition that took part, and consumers see
 * nothing there, even where nothing was written: so each is the end of an empty transaction.
 */
export class EmptyOffsets {
  private readonly transactionalId: string;
  private starting: Promise<{ coordinator: BrokerAddress; producer: TransactionalProducer }> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** @param prefix of the transactional ID, for the access lists */
  constructor(
    private readonly cluster: Cluster,
    prefix: string,
  ) {
    this.transactionalId = `${prefix}.restore-${randomUUID()}`;
  }

  /**
   * Adds one to the end of a partition. It can take a moment after this until it is there.
   * @throws {Error} when the brokers do not do it in time
   */
  add(topic: string, partition: number): Promise<void> {
    // A producer has one transaction at a time.
    const added = this.last.then(() => this.addNext(topic, partition));
    this.last = added.catch(() => undefined);
    return added;
  }

  private async addNext(topic: string, partition: number): Promise<void> {
    this.starting ??= this.start();
    const { coordinator, producer } = await this.starting;
    await this.insist(coordinator, () => joinRequest(producer, topic, partition), Number);
    await this.insist(coordinator, () => giveUpRequest(producer), Number);
  }

  private async start(): Promise<{ coordinator: BrokerAddress; producer: TransactionalProducer }> {
    const { transactionalId } = this;
    const { brokers } = await this.cluster.brokers(ANSWER_TIMEOUT_MS);
    const [anybody] = brokers.values();
    const find = () => coordinatorRequest(transactionalId);
    const { broker } = await this.insist(anybody!, find, ({ errorCode }) => errorCode);
    const begin = () => producerIdRequest(transactionalId, TRANSACTION_TIMEOUT_MS);
    const { producerId, epoch } = await this.insist(broker, begin, ({ errorCode }) => errorCode);
    return { coordinator: broker, producer: { transactionalId, producerId, epoch } };
  }

  /** Asks until the answer is no error that passes by itself. */
  private async insist<T>(
    broker: BrokerAddress,
    request: () => Request<T>,
    codeOf: (answer: T) => number,
  ): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const link = await this.cluster.openLinkTo(broker, 'transactions', ANSWER_TIMEOUT_MS);
      const answer = await link.send(request(), ANSWER_TIMEOUT_MS);
      const code = codeOf(answer);
      if (code === 0) return answer;
      const error = createErrorFromCode(code);
      if (!error.retriable || performance.now() > deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}
