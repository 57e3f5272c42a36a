import type { Logger } from '../../../infra/logger';
import { traceField } from '../../../infra/trace-context';
import type { NoticeTexts } from '../text';
import type { Delivery, NoticeChannel } from './channel';

/** Logs notices instead of sending them. */
export class LogChannel implements NoticeChannel {
  constructor(
    private readonly logger: Logger,
    private readonly texts: NoticeTexts,
  ) {}

  deliver(notice: Delivery): Promise<void> {
    const { details, traceparent, ...own } = notice;
    this.logger.info(
      { ...own, ...details, ...traceField(traceparent) },
      `notice: ${this.texts.textOf(notice).subject}`,
    );
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
