import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { readyOutcomes } from '../../consumer/notices/testing';
import { publisherOf, startInstance, type Instance } from './notices';

interface Mail {
  readonly to: string;
  readonly content: string;
}

/** Quoted-printable as people read it; headers and the other parts stay as they are. */
const decoded = (content: string) =>
  Buffer.from(
    content
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

describe('notices by mail, to a real mail server', () => {
  let environment: TestEnvironment;
  let server: SMTPServer;
  let mails: Mail[];
  const refused = new Set<string>();

  beforeAll(async () => {
    environment = await createTestEnvironment();
    server = mailServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });

  function mailServer(): SMTPServer {
    return new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      logger: false,
      onRcptTo: ({ address }, _session, callback) => {
        const error = Object.assign(new Error('no such user'), { responseCode: 550 });
        callback(refused.has(address) ? error : null);
      },
      onData: (stream, { envelope }, callback) => {
        void text(stream).then((content) => {
          mails.push({ to: envelope.rcptTo.map(({ address }) => address).join(), content });
          callback();
        }, callback);
      },
    });
  }

  beforeEach(() => {
    mails = [];
    refused.clear();
  });

  afterAll(async () => {
    await new Promise<void>((resolve) => server.close(resolve));
    await environment.close();
  });

  const portOf = (listening: Pick<Server, 'address'>) => (listening.address() as AddressInfo).port;

  const start = (env: Readonly<Record<string, string>> = {}) =>
    startInstance(environment, {
      NOTICE_CHANNEL: 'smtp',
      NOTICE_SMTP_URL: `smtp://127.0.0.1:${portOf(server.server)}`,
      NOTICE_EMAIL_TO: '{userId}@readers.example.org',
      NOTICE_RETRY_PAUSE: '50ms',
      NOTICE_CONCURRENCY: '4',
      ...env,
    });

  const until = (condition: () => boolean | Promise<boolean>) =>
    waitUntil(condition, { what: 'the mails did not arrive', timeout: 40_000, every: 20 });

  const statuses = async ({ context }: Instance, books: string) =>
    (
      await context.pool.query<{ status: string; last_error: string | null; attempts: number }>(
        `SELECT status, last_error, attempts FROM library.notices WHERE book_id LIKE $1`,
        [`${books}%`],
      )
    ).rows;

  test('each notice is one mail, while two instances run and one of them is stopped on the way', async () => {
    const publish = await publisherOf(environment);
    const outcomes = readyOutcomes(150, 'many');
    const [first, second] = await Promise.all([start(), start()]);
    try {
      await publish(outcomes.slice(0, 75));
      await until(() => mails.length > 10);
      await first.close();
      await publish(outcomes.slice(75));
      await until(() => mails.length >= 150);
      await until(async () => (await statuses(second, 'many')).every(({ status }) => status === 'delivered'));
    } finally {
      await second.close();
    }
    const ids = mails.map(({ content }) => /^Message-ID: <(.+)@notices\.library>\r$/m.exec(content)?.[1]);
    expect(ids.sort()).toEqual(outcomes.map(({ eventId }) => eventId).sort());
    const recipients = new Set(mails.map(({ to }) => to));
    expect(recipients).toEqual(new Set(outcomes.map(({ userId }) => `${userId}@readers.example.org`)));
    expect(mails[0]!.content).toMatch(/^Subject: Ready for you: many-\d+\r$/m);
    expect(mails[0]!.content).toContain('is set aside for you');
  });

  test('an address that does not exist is given up at once, and the others get their mails', async () => {
    const publish = await publisherOf(environment);
    refused.add('reader-1@readers.example.org');
    const instance = await start({
      NOTICE_LANGUAGE: 'de',
      NOTICE_PAGE_URL: 'https://library.example.org/',
      NOTICE_UNSUBSCRIBE_URL: 'https://library.example.org/bye?user={userId}',
    });
    try {
      await publish(readyOutcomes(3, 'refused'));
      await until(async () => {
        const rows = await statuses(instance, 'refused');
        return rows.length === 3 && rows.every(({ status }) => status !== 'pending');
      });
      const failed = (await statuses(instance, 'refused')).filter(({ status }) => status === 'failed');
      expect(failed).toEqual([{ status: 'failed', attempts: 1, last_error: expect.stringContaining('550') }]);
      expect(mails.map(({ to }) => to).sort()).toEqual([
        'reader-0@readers.example.org',
        'reader-2@readers.example.org',
      ]);
      const parsed = decoded(mails.find(({ to }) => to.startsWith('reader-0'))!.content);
      expect(parsed).toContain('List-Unsubscribe: <https://library.example.org/bye?user=reader-0>');
      expect(parsed).toContain('Content-Type: text/plain');
      expect(parsed).toContain('Ein Exemplar von refused-0 (c1) liegt für Sie bereit.');
      expect(parsed).toContain('href="https://library.example.org/books/refused-0"');
    } finally {
      await instance.close();
    }
  });

  test('in quiet hours nothing is sent, and when they are over everything but to who has opted out', async () => {
    const publish = await publisherOf(environment);
    const hourFrom = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const quiet = await start({ NOTICE_QUIET_HOURS: `${hourFrom(-1)}-${hourFrom(2)}` });
    try {
      await publish(readyOutcomes(3, 'night'));
      await until(async () => (await statuses(quiet, 'night')).length === 3);
      const asked = quiet.context.metrics.getSingleMetricAsString('library_notices_overdue_seconds');
      expect(await asked).toMatch(/ 0$/m);
    } finally {
      await quiet.close();
    }
    expect(mails).toEqual([]);
    const awake = await start({
      NOTICE_QUIET_HOURS: `${hourFrom(1)}-${hourFrom(2)}`,
      NOTICE_OPTED_OUT: 'reader-1',
    });
    try {
      await until(async () =>
        (await statuses(awake, 'night')).every(({ status }) => ['delivered', 'withheld'].includes(status)),
      );
    } finally {
      await awake.close();
    }
    expect(mails.map(({ to }) => to).sort()).toEqual([
      'reader-0@readers.example.org',
      'reader-2@readers.example.org',
    ]);
  });

  test('a silent server is given up after the timeout; when it answers again, the mails arrive', async () => {
    const publish = await publisherOf(environment);
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const port = portOf(silent);
    const instance = await start({ NOTICE_SMTP_URL: `smtp://127.0.0.1:${port}`, NOTICE_TIMEOUT: '1s' });
    const speaking = mailServer();
    try {
      await publish(readyOutcomes(12, 'silent'));
      await until(async () => {
        const rows = await statuses(instance, 'silent');
        return rows.length === 12 && rows.every(({ attempts }) => attempts > 0);
      });
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
      await new Promise<void>((resolve) => void speaking.listen(port, '127.0.0.1', resolve));
      await until(async () =>
        (await statuses(instance, 'silent')).every(({ status }) => status === 'delivered'),
      );
    } finally {
      await instance.close();
      await new Promise<void>((resolve) => speaking.close(resolve));
    }
    expect(new Set(mails.map(({ to }) => to)).size).toBe(12);
  });
});
