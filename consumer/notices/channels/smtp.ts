import { createTransport } from 'nodemailer';
import { PermanentError, type NoticeChannel } from '../channel';
import type { Notice } from '../notice';
import { textOf } from '../text';

export interface SmtpOptions {
  /** The mail server, as `smtp://` or `smtps://`, with user and password where it wants them. */
  readonly url: string;
  readonly from: string;
  /** The address of a user, with `{userId}` in it. */
  readonly to: string;
  /** How many connections to the server there may be. */
  readonly connections: number;
  /** How long each step of a connection may take, in milliseconds. */
  readonly timeout: number;
}

/** Sends notices by mail. The notice's ID makes the `Message-ID`, the same for every repeat. */
export class SmtpChannel implements NoticeChannel {
  private readonly transport;

  constructor(private readonly options: SmtpOptions) {
    const { url, connections: maxConnections, timeout } = options;
    this.transport = createTransport({
      url,
      pool: true,
      maxConnections,
      // When to try again is decided elsewhere.
      maxRequeues: 0,
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      dnsTimeout: timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async deliver(notice: Notice, signal: AbortSignal): Promise<void> {
    const { from, to } = this.options;
    const address = to.replaceAll('{userId}', () => notice.userId);
    try {
      await this.transport.sendMail({
        from,
        to: { name: '', address },
        messageId: `<${notice.noticeId}@notices.library>`,
        headers: { 'X-Notice-Id': notice.noticeId, 'Auto-Submitted': 'auto-generated' },
        ...textOf(notice),
        signal,
      });
    } catch (error) {
      throw isRefused(error) ? new PermanentError((error as Error).message, { cause: error }) : error;
    }
  }

  close(): Promise<void> {
    this.transport.close({ force: true });
    return Promise.resolve();
  }
}

/**
 * Whether the server has said for good that it does not take this mail or its recipient. A refused password or sender is
 * ours to put right, and the notice can go out then.
 */
function isRefused(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  // 503 is about the order of commands.
  const isForGood =
    typeof responseCode === 'number' && responseCode >= 500 && responseCode < 600 && responseCode !== 503;
  return isForGood && (command === 'RCPT TO' || command === 'DATA');
}
