import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../infra/event-log/conformance/harness';
import type { CliResult } from '../cli';
import { event } from '../environment';
import { EventsCli, rowsIn, UNDECODABLE, untilBlocked } from './events-cli';

jest.setTimeout(120_000);

/** Far more than fits into the buffers between the command and its reader. */
const EVENTS = 20_000;
const CHUNK = 2_000;

/** The lines on stderr, without rates, and with only the last line of progress: how many there are depends on the time. */
function messagesOf({ stderr }: CliResult): string[] {
  const lines = stderr.replace(/, [\d,]+\/s/g, '').split('\n');
  const progress = lines.filter((line) => line.startsWith('Events '));
  return [...lines.filter((line) => !line.startsWith('Events ')), ...progress.slice(-1)];
}

describe('an export of many events', () => {
  let cli: EventsCli;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'library-events-'));
    cli = await EventsCli.open();
    await cli.environment.appendRecords(UNDECODABLE);
    const copy = (i: number) => event('CopyAdded', { bookId: `book-${i}`, copyId: 'c' });
    for (let done = 0; done < EVENTS; done += CHUNK)
      await cli.environment.append(Array.from({ length: CHUNK }, (_, i) => copy(i)));
  });
  afterAll(async () => {
    await cli.close();
    await rm(folder, { recursive: true });
  });

  test('ends without an error when its reader closes the pipe', async () => {
    const exporting = cli.start();
    const outcome = exporting.done;
    await once(exporting.child.stdout!, 'data');
    exporting.child.stdout!.destroy();
    const { code, stderr } = await outcome;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|at .*\.js/);
    expect(await cli.groups()).toEqual([]);
  });

  test('waits for a slow reader, and loses nothing', async () => {
    const exporting = cli.start('--type', 'CopyAdded');
    await untilBlocked(exporting);
    exporting.child.stdout!.resume();
    expect((await exporting.done).code).toBe(0);
    expect(rowsIn(exporting.stdout)).toHaveLength(EVENTS);
  });

  test('reads the same with several threads, each partition in its order, and leaves no group behind', async () => {
    for (const format of ['ndjson', 'csv']) {
      const [one, two] = [
        await cli.run('--format', format),
        await cli.run('--format', format, '--threads', '3'),
      ];
      expect([two.code, messagesOf(two)]).toEqual([0, messagesOf(one)]);
      const ofPartition = (text: string, partition: number) =>
        text
          .split('\n')
          .filter((line) =>
            line.startsWith(format === 'csv' ? `${partition}:` : `{"position":"${partition}:`),
          );
      for (let partition = 0; partition < 12; partition += 1)
        expect(ofPartition(two.stdout, partition)).toEqual(ofPartition(one.stdout, partition));
      expect(two.stdout.length).toBe(one.stdout.length);
    }
    expect(await cli.groups()).toEqual([]);
  });

  test('with several threads can be interrupted, and ends when its reader closes the pipe', async () => {
    const file = join(folder, 'threads.ndjson');
    const exporting = cli.start('--threads', '2', '--output', file);
    await until(
      async () => (await readdir(folder)).some((name) => name.includes('threads')),
      'the temporary file',
    );
    expect((await exporting.kill('SIGINT')).code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('threads'))).toEqual([]);
    const piped = cli.start('--threads', '2');
    await once(piped.child.stdout!, 'data');
    piped.child.stdout!.destroy();
    expect(await piped.done).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('EPIPE') as unknown,
    });
    expect(await cli.groups()).toEqual([]);
  });

  test('can be interrupted while it waits for its reader', async () => {
    const exporting = cli.start();
    await untilBlocked(exporting);
    exporting.child.kill('SIGINT');
    await once(exporting.child, 'exit');
    exporting.child.stdout!.resume();
    expect((await exporting.done).code).toBe(130);
    expect(await cli.groups()).toEqual([]);
  });

  test('leaves no partial file when it is interrupted', async () => {
    const file = join(folder, 'interrupted.ndjson');
    const exporting = cli.start('--output', file);
    const outcome = exporting.done;
    const parts = async () => (await readdir(folder)).filter((name) => name.endsWith('.partial'));
    await until(async () => (await parts()).length === 1, 'the temporary file');
    await until(async () => (await stat(join(folder, (await parts())[0]!))).size > 0, 'its first rows');
    exporting.child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('interrupted'))).toEqual([]);
    expect(await cli.groups()).toEqual([]);
  });

  test.each([
    [
      'a missing folder',
      '/nowhere/events.csv',
      /^\/nowhere\/events.csv cannot be written: its folder is not there\n/,
    ],
    ['a folder', '/tmp', /^\/tmp cannot be written: that is a folder/],
    ['a full disk', '/dev/full', /\/dev\/full cannot be written: the disk is full\n$/],
  ])('reports the reason for %s', async (_, output, message) => {
    const { code, stderr } = await cli.run('--output', output, '--limit', '5000');
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
