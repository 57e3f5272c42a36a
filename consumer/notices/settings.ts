import { z } from 'zod';
import { choice, duration, serverUrl, wholeNumber, type SettingsOf } from '../../infra/config';
import { isId } from '../../schemas/ids';
import { LANGUAGES } from './messages';
import type { Hours } from './quiet-hours';
import type { TextSettings } from './text';

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** @param text as `HOURS` has it */
function hoursOf(text: string): Hours {
  const [fromHour, from, toHour, to] = HOURS.exec(text)!.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { from: fromHour * 60 + from, to: toHour * 60 + to };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const isWebAddress = (text: string) => /^[\x21-\x7e]+$/.test(text) && URL.canParse(text);

/** The variables of the notices. */
export const noticeEnvironment = {
  NOTICE_CHANNEL: choice(['log', 'smtp', 'webhook'])
    .default('log')
    .describe('how readers are told; the variables of the other channels are ignored'),
  NOTICE_SMTP_URL: serverUrl(['smtp', 'smtps'], 'smtp://user:password@mail.example.org:587')
    .optional()
    .describe('`smtp`: the mail server'),
  NOTICE_FROM: z
    .string()
    .regex(
      /^([^<>\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/,
      'should be one address, such as Library <library@example.org>',
    )
    .default('Library <library@localhost>')
    .describe('`smtp`: the sender'),
  NOTICE_EMAIL_TO: z
    .string()
    .regex(
      /^[^\s,]*\{userId\}[^\s,]*$/,
      'should be one address with {userId} in it, such as {userId}@example.org',
    )
    .refine((address) => address.includes('@'), 'should be an address, such as {userId}@example.org')
    .optional()
    .describe("`smtp`: the readers' addresses, with `{userId}`, such as `{userId}@example.org`"),
  NOTICE_WEBHOOK_URL: serverUrl(['https', 'http'], 'https://example.org/notices')
    .optional()
    .describe('`webhook`: where notices are sent ([how to check them](webhooks.md))'),
  NOTICE_WEBHOOK_SECRET: z
    .string()
    .min(16, 'should have at least 16 characters')
    .optional()
    .describe('`webhook`: the key of their signatures, 16 characters or more'),
  NOTICE_LANGUAGE: choice(LANGUAGES).default('en').describe('the language of all notices'),
  NOTICE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'should be a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('the time zone of the times in notices and of the quiet hours, such as `Europe/Berlin`'),
  NOTICE_PAGE_URL: serverUrl(['https', 'http'], 'https://library.example.org')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('where readers find the page: notices link to their book on it'),
  NOTICE_QUIET_HOURS: z
    .string()
    .regex(HOURS, 'should be hours of the day such as 22:00-07:00')
    .transform(hoursOf)
    .refine(({ from, to }) => from !== to, 'should be hours of the day such as 22:00-07:00')
    .optional()
    .describe('when no notice is sent, such as `22:00-07:00`; those of that time are sent when it is over'),
  NOTICE_UNSUBSCRIBE_URL: z
    .string()
    .regex(/^(https?:\/\/|mailto:)/, 'should be an address such as https://example.org/notices/{userId}')
    .refine(isWebAddress, 'should be an address such as https://example.org/notices/{userId}')
    .optional()
    .describe(
      'where readers end their notices, `https:` or `mailto:`, with `{userId}`: linked in each, and the header `List-Unsubscribe` of mails',
    ),
  NOTICE_OPTED_OUT: z
    .string()
    .transform((text) => text.split(',').map((user) => user.trim()))
    .refine((users) => users.every(isId), 'should be user IDs with commas between them')
    .transform((users): ReadonlySet<string> => new Set(users))
    .optional()
    .describe('who gets no notices: user IDs with commas between them; theirs are kept as `withheld`'),
  NOTICE_TIMEOUT: duration('10s', { min: '10ms', max: '1h' }).describe(
    'how long one attempt to deliver a notice may take',
  ),
  NOTICE_CONCURRENCY: wholeNumber({ min: 1, max: 1_000 })
    .default(32)
    .describe('how many notices each process delivers at a time'),
  NOTICE_ATTEMPTS: wholeNumber({ min: 1, max: 1_000 })
    .default(20)
    .describe('after so many failed attempts a notice is given up'),
  NOTICE_RETRY_PAUSE: duration('1s', { max: '1h' }).describe(
    'the pause after the first; it doubles each time, up to an hour',
  ),
  NOTICE_MAX_AGE: duration('7d', { max: '3650d' }).describe(
    'outcomes that are older when they are first read are not notified: for a role that starts on a topic with a history',
  ),
};

type NoticeEnvironment = SettingsOf<typeof noticeEnvironment>;

/** How notices are written. */
export function textSettings(config: NoticeEnvironment): TextSettings {
  const { NOTICE_LANGUAGE: language, NOTICE_TIME_ZONE: timeZone } = config;
  const { NOTICE_PAGE_URL: pageUrl, NOTICE_UNSUBSCRIBE_URL: unsubscribeUrl } = config;
  return { language, timeZone, pageUrl, unsubscribeUrl };
}

/** The channel of the notices, with the settings that it needs. */
export type ChannelSettings =
  | { readonly kind: 'log' }
  | { readonly kind: 'smtp'; readonly url: string; readonly from: string; readonly to: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string };

/**
 * The channel that is configured.
 * @throws {Error} naming each variable that the channel lacks, and what it should be
 */
export function channelSettings(config: NoticeEnvironment): ChannelSettings {
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
