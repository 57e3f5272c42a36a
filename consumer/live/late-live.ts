import { Problem } from '../../infra/http/problem';
import { UnknownTopicError } from '../../infra/event-log/log';
import { Poller } from '../../infra/poller';
import { LiveOutcomes, type LiveOptions } from './live-outcomes';

/** How often it is tried to begin, in milliseconds, and how soon a client may come back, in seconds. */
const INTERVAL_MS = 1_000;
const RETRY_AFTER_S = 2;

/**
 * Live outcomes that begin as soon as all partitions of their topic have a leader. An API that is started while one has none serves
 * everything else meanwhile.
 */
export class LateLive {
  private live: LiveOutcomes | undefined;
  private readonly poller: Poller;

  /**
   * Resolves when they have begun, or could not at the first try.
   * @throws {UnknownTopicError}
   */
  static async start(options: LiveOptions, interval = INTERVAL_MS): Promise<LateLive> {
    const late = new LateLive(options, interval);
    try {
      await late.begin();
    } catch (error) {
      if (error instanceof UnknownTopicError) throw error;
      options.logger.warn({ err: error }, 'live events cannot be followed yet; trying again');
    }
    if (!late.live) late.poller.start();
    return late;
  }

  private constructor(
    private readonly options: LiveOptions,
    interval: number,
  ) {
    const { logger } = options;
    this.poller = new Poller({
      work: () => this.tryToBegin(),
      interval,
      onError: (error) => logger.debug({ err: error }, 'live events cannot be followed yet'),
    });
  }

  /** @throws {Problem} 503 while they have not begun */
  current(): LiveOutcomes {
    if (this.live) return this.live;
    throw Problem.unavailable(
      'A part of Kafka does not answer: events cannot be followed yet.',
      RETRY_AFTER_S,
    );
  }

  /** As `LiveOutcomes.dropRecent`. */
  dropRecent(): void {
    this.live?.dropRecent();
  }

  async close(): Promise<void> {
    await this.poller.close();
    await this.live?.close();
  }

  private async begin(): Promise<void> {
    this.live = await LiveOutcomes.start(this.options);
  }

  /** One try; the last one is that which succeeds. */
  private async tryToBegin(): Promise<boolean> {
    await this.begin();
    void this.poller.close();
    return false;
  }
}
