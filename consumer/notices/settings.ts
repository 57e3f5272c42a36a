import type { Config } from '../../infra/config';

/** The channel of the notices, with the settings that it needs. */
export type ChannelSettings =
  | { readonly kind: 'log' }
  | { readonly kind: 'smtp'; readonly url: string; readonly from: string; readonly to: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string };

/**
 * The channel that is configured.
 * @throws {Error} naming each variable that the channel lacks, and what it should be
 */
export function channelSettings(config: Config): ChannelSettings {
  const { NOTICE_FROM: from } = config;
  switch (config.NOTICE_CHANNEL) {
    case 'log':
      return { kind: 'log' };
    case 'smtp': {
      const { NOTICE_SMTP_URL: url, NOTICE_EMAIL_TO: to } = config;
      if (url !== undefined && to !== undefined) return { kind: 'smtp', url, from, to };
      throw lacking('smtp', {
        NOTICE_SMTP_URL:
          url === undefined && 'the mail server, such as smtp://user:password@mail.example.org:587',
        NOTICE_EMAIL_TO: to === undefined && "the users' addresses, such as {userId}@example.org",
      });
    }
    case 'webhook': {
      const { NOTICE_WEBHOOK_URL: url, NOTICE_WEBHOOK_SECRET: secret } = config;
      if (url !== undefined && secret !== undefined) return { kind: 'webhook', url, secret };
      throw lacking('webhook', {
        NOTICE_WEBHOOK_URL:
          url === undefined && 'where notices are sent, such as https://example.org/notices',
        NOTICE_WEBHOOK_SECRET:
          secret === undefined &&
          'the key of their signatures, shared with the receiver (openssl rand -base64 32)',
      });
    }
  }
}

function lacking(channel: string, variables: Readonly<Record<string, string | false>>): Error {
  const sentences = Object.entries(variables)
    .filter(([, what]) => what)
    .map(([name, what]) => `${name}: is needed with NOTICE_CHANNEL=${channel}: ${what}`);
  return new Error(`The environment is not right. ${sentences.join('; ')}`);
}
