import { Registry } from 'prom-client';
import type { Log, SubscribeOptions, Subscription } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import { ProjectorMetrics } from './metrics';
import { Projector } from './projector';
import type { LibraryEvent } from '../../schemas/generated/events';
import { batchesOf, BOOKS, context, logger, MemoryView, PARTITIONS, record, TextDecoder } from './testing';

const [book] = BOOKS as [string];

const projectors: Projector<LibraryEvent>[] = [];

/** A projector whose subscription is driven by the test. */
async function startProjector(
  view: MemoryView,
  stateOf = () => Promise.resolve(view.state),
  reread: Subscription['reread'] = () => Promise.resolve(),
): Promise<SubscribeOptions> {
  let subscription: SubscribeOptions | undefined;
  const subscribe = (options: SubscribeOptions) => {
    subscription = options;
    return Promise.resolve({ reread, close: () => Promise.resolve() });
  };
  const projector = new Projector({
    log: { subscribe } as unknown as Log,
    ...{
      topic: 't',
      group: 'g',
      partitions: PARTITIONS,
      projection: view,
      decoder: new TextDecoder(),
      logger,
    },
    checkpoints: {
      stateOf,
      positions: () => Promise.resolve(new Map([[record(0, book, 'fine').partition, view.state.offset]])),
    },
    lookInterval: 5,
    metrics: new ProjectorMetrics(new Registry(), 'test'),
    onFatal: (error) => {
      throw error;
    },
  });
  await projector.start();
  projectors.push(projector);
  return subscription!;
}

afterEach(() => Promise.all(projectors.splice(0).map((projector) => projector.close())));

test('a book stays blocked though the position is asked for again while its dead record is being set aside', async () => {
  const view = new MemoryView();
  const before = view.state;
  const { positionOf, handle } = await startProjector(view, () => Promise.resolve({ ...before }));
  const records = [record(0, book, 'garbage'), record(1, book, 'fine')];
  const [first, second] = batchesOf(records, [1]);
  const { partition } = first!;
  expect(await positionOf(partition, context)).toBe(0);
  const handled = handle(first!, context);
  // Read before the batch is stored, as of two joins shortly after one another.
  expect(await positionOf(partition, context)).toBe(0);
  await handled;
  await handle(second!, context);
  expect(view.books.get(book)).toBeUndefined();
  expect(view.held.get(book)).toEqual({ fromOffset: 0, parked: 1 });
});

test('a batch that does not begin where the partition is known to stand is not projected', async () => {
  const view = new MemoryView();
  const { positionOf, handle } = await startProjector(view);
  const [, second] = batchesOf([record(0, book, 'garbage'), record(1, book, 'fine')], [1]);
  await positionOf(second!.partition, context);
  view.state = { ...view.state, offset: 1 };
  await expect(handle(second!, context)).rejects.toThrow('another instance moved it on');
  expect(await positionOf(second!.partition, context)).toBe(1);
  await handle(second!, context);
  expect(view.books.get(book)).toEqual([1]);
});

describe('when the database has lost its last commits', () => {
  test('a partition to which nothing more is written is read again', async () => {
    const view = new MemoryView();
    const reread: number[] = [];
    const { positionOf, handle } = await startProjector(view, undefined, (partition) => {
      reread.push(partition);
      return Promise.resolve();
    });
    const [first] = batchesOf([record(0, book, 'fine')], [1]);
    await positionOf(first!.partition, context);
    const before = view.state;
    await handle(first!, context);
    expect(reread).toEqual([]);
    view.state = before;
    await waitUntil(() => reread.length > 0, { what: 'it was not read again', timeout: 5_000, every: 5 });
    expect(reread[0]).toBe(first!.partition);
    expect(await positionOf(first!.partition, context)).toBe(0);
    view.books.clear();
    await handle(first!, context);
    expect(view.books.get(book)).toEqual([0]);
  });

  test('what is in memory of the partition, ahead of the database, is forgotten', async () => {
    const view = new MemoryView();
    const forget = jest.spyOn(view, 'forget');
    const { positionOf, handle } = await startProjector(view);
    const [first] = batchesOf([record(0, book, 'fine')], [1]);
    const { partition } = first!;
    await positionOf(partition, context);
    const before = view.state;
    await handle(first!, context);
    forget.mockClear();
    await positionOf(partition, context);
    expect(forget).not.toHaveBeenCalled();
    view.state = before;
    await positionOf(partition, context);
    expect(forget).toHaveBeenCalledWith(partition);
  });
});
