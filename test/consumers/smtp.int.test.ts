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
    await new Promise<void>((resolve) => void server.close(resolve));
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
    const instance = await start();
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
    } finally {
      await instance.close();
    }
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
      await new Promise<void>((resolve) => void speaking.close(resolve));
    }
    expect(new Set(mails.map(({ to }) => to)).size).toBe(12);
  });
});
