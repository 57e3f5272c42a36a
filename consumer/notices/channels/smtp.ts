import type { Notice } from '../notice';
import type { NoticeTexts } from '../text';
import { PermanentError, type NoticeChannel } from './channel';

export interface SmtpOptions {
  /** The mail server, as `smtp://` or `smtps://`, with user and password if it requires them. */
  readonly url: string;
  readonly from: string;
  /** The template of users' addresses, containing `{userId}`. */
  readonly to: string;
  /** The maximum number of connections to the server. */
  readonly connections: number;
  /** How long each step of a connection may take, in milliseconds. */
  readonly timeout: number;
  readonly texts: NoticeTexts;
}

/** Sends notices by mail, as text and as HTML. The `Message-ID` is derived from the notice's ID: it is the same in every attempt. */
export class SmtpChannel implements NoticeChannel {
  private readonly transport;

  constructor(private readonly options: SmtpOptions) {
    this.transport = this.open();
  }

  /** The library is loaded for this channel alone. */
  private async open() {
    const { createTransport } = await import('nodemailer');
    const { url, connections: maxConnections, timeout } = this.options;
    return createTransport({
      url,
      pool: true,
      maxConnections,
      // Retries are the dispatcher's.
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
    const { from, to, texts } = this.options;
    const unsubscribe = texts.unsubscribeLink(notice);
    const address = to.replaceAll('{userId}', () => notice.userId);
    try {
      await (
        await this.transport
      ).sendMail({
        from,
        to: { name: '', address },
        messageId: `<${notice.noticeId}@notices.library>`,
        headers: { 'X-Notice-Id': notice.noticeId, 'Auto-Submitted': 'auto-generated' },
        ...(unsubscribe !== undefined && { list: { unsubscribe } }),
        ...texts.mailOf(notice),
        signal,
      });
    } catch (error) {
      throw isRefused(error) ? new PermanentError((error as Error).message, { cause: error }) : error;
    }
  }

  async close(): Promise<void> {
    (await this.transport).close({ force: true });
  }
}

/**
 * Whether the server has permanently rejected this mail or its recipient. A rejected password or sender is an error of our
 * configuration: once that is corrected, the notice can be sent.
 */
function isRefused(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  // 503 is an error in the order of commands.
  const isPermanent =
    typeof responseCode === 'number' && responseCode >= 500 && responseCode < 600 && responseCode !== 503;
  return isPermanent && (command === 'RCPT TO' || command === 'DATA');
}
