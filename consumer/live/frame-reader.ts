import type { LogBatch } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { Outcome } from '../../schemas/generated/events';
import { frameOf, type Frame } from './frame';
import type { LiveMetrics } from './metrics';

/** Makes frames of records. What cannot be decoded is left out: it must not end the streams of all. */
export class FrameReader {
  constructor(
    private readonly decoder: Decoder<Outcome>,
    private readonly metrics: LiveMetrics,
    private readonly logger: Logger,
  ) {}

  /** @throws {RegistryUnavailableError} when a schema is new and the registry is away: try again */
  async framesOf({ records }: LogBatch): Promise<Frame[]> {
    await this.decoder.learn(records.map(({ value }) => value));
    const frames: Frame[] = [];
    for (const record of records) {
      try {
        frames.push(frameOf(record, this.decoder.decode(record.value)));
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        const { partition, offset } = record;
        this.metrics.unreadable.inc();
        this.logger.warn({ err: error, partition, offset }, 'an outcome cannot be decoded; it is left out');
      }
    }
    return frames;
  }
}
