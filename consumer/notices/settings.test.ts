import { parseEnvironment } from '../../infra/config';
import { channelSettings, noticeEnvironment } from './settings';

const load = (env: NodeJS.ProcessEnv) => parseEnvironment(noticeEnvironment, env);
const settings = (env: NodeJS.ProcessEnv) => channelSettings(load(env));

describe('the channel of notices, as the environment chooses it', () => {
  test('default: the log', () => {
    expect(settings({})).toEqual({ kind: 'log' });
  });

  test('mail: the server and addresses', () => {
    expect(
      settings({
        NOTICE_CHANNEL: 'smtp',
        NOTICE_SMTP_URL: 'smtps://user:secret@mail.example.org',
        NOTICE_EMAIL_TO: '{userId}@example.org',
        NOTICE_FROM: 'Library <desk@example.org>',
      }),
    ).toEqual({
      kind: 'smtp',
      url: 'smtps://user:secret@mail.example.org',
      from: 'Library <desk@example.org>',
      to: '{userId}@example.org',
    });
  });

  test('a webhook: its URL and the key of the signatures', () => {
    const env = { NOTICE_WEBHOOK_URL: 'https://example.org/notices', NOTICE_WEBHOOK_SECRET: 'x'.repeat(16) };
    expect(settings({ NOTICE_CHANNEL: 'webhook', ...env })).toEqual({
      kind: 'webhook',
      url: env.NOTICE_WEBHOOK_URL,
      secret: env.NOTICE_WEBHOOK_SECRET,
    });
    expect(settings(env)).toEqual({ kind: 'log' });
  });

  test.each([
    ['smtp', ['NOTICE_SMTP_URL', 'NOTICE_EMAIL_TO']],
    ['webhook', ['NOTICE_WEBHOOK_URL', 'NOTICE_WEBHOOK_SECRET']],
  ])('%s without what it needs: each variable is named', (channel, names) => {
    for (const name of names)
      expect(() => settings({ NOTICE_CHANNEL: channel })).toThrow(
        `${name}: is needed with NOTICE_CHANNEL=${channel}`,
      );
  });

  test.each([
    ['NOTICE_CHANNEL', 'pigeon'],
    ['NOTICE_SMTP_URL', 'https://mail.example.org'],
    ['NOTICE_EMAIL_TO', 'everybody@example.org'],
    ['NOTICE_EMAIL_TO', '{userId}@example.org,boss@example.org'],
    ['NOTICE_EMAIL_TO', '{userId}'],
    ['NOTICE_WEBHOOK_URL', 'ftp://example.org'],
    ['NOTICE_WEBHOOK_SECRET', 'short'],
    ['NOTICE_TIMEOUT', 'soon'],
    ['NOTICE_CONCURRENCY', '0'],
  ])('%s=%s is refused, by name', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(`${name}: `);
  });
});
