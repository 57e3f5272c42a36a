import { Registry } from 'prom-client';
import type { Log, SubscribeOptions } from '../../infra/event-log/log';
import { ProjectorMetrics } from './metrics';
import { Projector } from './projector';
import { batchesOf, BOOKS, context, logger, MemoryView, PARTITIONS, record, TextDecoder } from './testing';

const [book] = BOOKS as [string];

/** A projector whose subscription is driven by the test. */
async function startProjector(
  view: MemoryView,
  stateOf = () => Promise.resolve(view.state),
): Promise<SubscribeOptions> {
  let subscription: SubscribeOptions | undefined;
  const subscribe = (options: SubscribeOptions) => {
    subscription = options;
    return Promise.resolve({ close: () => Promise.resolve() });
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
    checkpoints: { stateOf },
    metrics: new ProjectorMetrics(new Registry(), 'test'),
    onFatal: (error) => {
      throw error;
    },
  });
  await projector.start();
  return subscription!;
}

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
