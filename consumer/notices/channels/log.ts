import type { Logger } from '../../../infra/logger';
import type { Notice } from '../notice';
import { textOf } from '../text';
import type { NoticeChannel } from './channel';

/** Logs notices instead of sending them. */
export class LogChannel implements NoticeChannel {
  constructor(private readonly logger: Logger) {}

  deliver(notice: Notice): Promise<void> {
    const { details, ...own } = notice;
    this.logger.info({ ...own, ...details }, `notice: ${textOf(notice).subject}`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
