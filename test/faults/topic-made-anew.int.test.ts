import { createContext, closeContext } from '../../app/roles/context';
import { deploy } from '../../app/deploy';
import { startView } from '../../app/roles/view-role';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { StreamMismatchError } from '../../infra/event-log/log';
import { kafkaSettings } from '../../infra/kafka/client';
import { deleteTopic } from '../../infra/kafka/testing';
import { waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { caughtUp } from './replay';

jest.setTimeout(120_000);

let environment: TestEnvironment;
beforeAll(async () => (environment = await createTestEnvironment()));
afterAll(() => environment.close());

const copies = (count: number) =>
  Array.from({ length: count }, (_, i) => event('CopyAdded', { bookId: 'moby-dick', copyId: `copy-${i}` }));

test('a stream that was deleted and made anew, and has grown beyond the stored position, is not projected into the old views', async () => {
  const failures: Error[] = [];
  const context = createContext(environment.config, 'test', (error) => failures.push(error));
  await environment.append(copies(3));
  const before = await startView(context, AVAILABILITY_VIEW);
  await caughtUp(environment, context.pool);
  await before.close();

  await deleteTopic(kafkaSettings(environment.config, 'test'), environment.topics.reservations);
  await deploy(environment.config);
  await environment.append(copies(10));
  const after = await startView(context, AVAILABILITY_VIEW);
  await waitUntil(() => failures.length > 0, {
    what: 'the projector read on',
    timeout: 60_000,
    every: 50,
  });
  await after.close();
  expect(failures[0]).toBeInstanceOf(StreamMismatchError);
  expect(failures[0]?.message).toMatch(
    /was deleted and made anew since the views were read from it.*empty database/,
  );
  const { rows } = await context.pool.query('SELECT sum(next_offset)::int AS read FROM library.progress');
  expect(rows).toEqual([{ read: 3 }]);
  await closeContext(context);
});
