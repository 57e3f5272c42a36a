import { KafkaLog } from '../../../infra/kafka/kafka-log';
import { createTopics } from '../../../infra/kafka/topics';
import { partitionOf } from '../../../infra/event-log/murmur2';
import { readAll, until } from '../../../infra/event-log/conformance/harness';
import { createLogger } from '../../../infra/logger';
import { uniqueName } from '../../../test/servers';
import { GroupCommitWriter } from '../group-commit-writer';
import { Load, type Written } from '../testing';

const CLIENTS = 20;
const PARTITIONS = 6;
const logger = createLogger('silent');

export interface FaultHarnessOptions {
  /** Where the writer finds Kafka; default: where everybody does. */
  readonly through?: readonly string[];
  /** How long a write may take, in milliseconds. */
  readonly timeout: number;
  /** How many partitions the topic that `createTopic` creates has. */
  readonly partitions?: number;
  /** Creates the topic; default: six partitions, as many copies as there are brokers. */
  createTopic?(topic: string): Promise<unknown>;
}

/** Clients that write to a topic of their own for as long as the test lasts, while something is done to Kafka. */
export class FaultHarness {
  readonly topic = uniqueName('writes');
  readonly log: KafkaLog;
  load!: Load;
  private writer!: GroupCommitWriter;
  private through!: KafkaLog;

  /** @param brokers separated by commas */
  static async open(brokers: string, options: FaultHarnessOptions): Promise<FaultHarness> {
    const scene = new FaultHarness(brokers.split(','), options.partitions ?? PARTITIONS);
    await (options.createTopic?.(scene.topic) ?? scene.createTopic());
    scene.through = createLog(options.through ?? scene.brokers);
    scene.writer = new GroupCommitWriter(scene.through.createAppender(), {
      topic: scene.topic,
      partitions: scene.partitions,
      timeout: options.timeout,
      maxPending: 1_000,
    });
    scene.load = new Load(scene.writer, CLIENTS);
    return scene;
  }

  private constructor(
    private readonly brokers: readonly string[],
    private readonly partitions: number,
  ) {
    this.log = createLog(brokers);
  }

  /** Waits until so many more writes have been acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const before = this.load.acknowledged;
    await until(() => this.load.acknowledged >= before + more, `${more} more writes to be acknowledged`);
  }

  /** Waits until the writer says this of some write. */
  async says(outcome: Written['outcome']): Promise<void> {
    await until(() => this.load.writes.some((written) => written.outcome === outcome), `"${outcome}"`);
  }

  /** Ends the writing; returns how many writes came out how. */
  async end(): Promise<{ acknowledged: number; maybe: number; not: number }> {
    const writes = await this.load.stop();
    await this.writer.close();
    const count = (outcome: Written['outcome']) =>
      writes.filter((written) => written.outcome === outcome).length;
    return {
      acknowledged: this.load.acknowledged,
      maybe: count('maybe recorded'),
      not: count('not recorded'),
    };
  }

  /**
   * The writes of which the writer said what the log does not bear out: acknowledged, but not that event at that
   * position; not recorded, but there; or not settled exactly once.
   */
  async lies(): Promise<Written[]> {
    const values = new Map<string, string>();
    for (const batch of await readAll(this.log, this.topic)) {
      for (const { partition, offset, value } of batch.records) {
        values.set(`${partition}:${offset}`, String(value));
      }
    }
    const recorded = new Set(values.values());
    return this.load.writes.filter(({ value, outcome, times }) => {
      if (times !== 1) return true;
      if (outcome === 'not recorded') return recorded.has(value);
      if (typeof outcome !== 'object') return false;
      return values.get(`${outcome.partition}:${outcome.offset}`) !== value;
    });
  }

  /** The values that stand more than once in the log, with the partitions that they are in. */
  async duplicates(): Promise<{ partition: number; value: string }[]> {
    const seen = new Set<string>();
    const twice: { partition: number; value: string }[] = [];
    for (const { partition, records } of await readAll(this.log, this.topic)) {
      for (const value of records.map((record) => String(record.value))) {
        if (seen.has(value)) twice.push({ partition, value });
        seen.add(value);
      }
    }
    return twice;
  }

  /** The partition that a write belongs to. */
  partitionOf({ key }: Written): number {
    return partitionOf(Buffer.from(key), this.partitions);
  }

  async close(): Promise<void> {
    await Promise.all([this.through.close(), this.log.close()]);
  }

  private createTopic(): Promise<void> {
    const settings = { brokers: this.brokers, clientId: 'test' };
    return createTopics(settings, logger, [{ topic: this.topic, partitions: PARTITIONS, settings: {} }]);
  }
}

function createLog(brokers: readonly string[]): KafkaLog {
  return new KafkaLog({ brokers, clientId: 'test' }, logger, { appendTimeout: 500 });
}
