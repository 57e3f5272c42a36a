/// <reference types="jest" />
import { append, Keeper, records, until, type LogHarness } from './harness';

/** Several members of one group. */
export function sharing(harness: () => LogHarness): void {
  test('assigns the partitions to the members, and those of a member that leaves to the others', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(4);
    const stored = new Map<number, number>();
    const [first, second] = [new Keeper(stored), new Keeper(stored)];
    const one = await log.subscribe(first.options(topic, `${topic}-group`));
    await until(() => first.assigned.at(-1)?.length === 4, 'all partitions');
    const two = await log.subscribe(second.options(topic, `${topic}-group`));
    await until(
      () => first.assigned.at(-1)?.length === 2 && second.assigned.at(-1)?.length === 2,
      'half of the partitions each',
    );
    expect([...first.assigned.at(-1)!, ...second.assigned.at(-1)!].sort()).toEqual([0, 1, 2, 3]);
    await append(log, topic, records(200, 'a'));
    await until(() => first.handled.length + second.handled.length === 200, 'all records');
    expect(Math.min(first.handled.length, second.handled.length)).toBeGreaterThan(0);
    await one.close();
    const before = second.handled.length;
    await append(log, topic, records(200, 'b'));
    await second.has(before + 200);
    await two.close();
    const values = [...first.values, ...second.values];
    expect(values).toHaveLength(400);
    expect(new Set(values).size).toBe(400);
    expect([...first.fatal, ...second.fatal]).toEqual([]);
  });

  test('delivers all records to every group', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(2);
    await append(log, topic, records(30));
    const keepers = [new Keeper(), new Keeper()];
    const subscriptions = await Promise.all(
      keepers.map((keeper, i) => log.subscribe(keeper.options(topic, `${topic}-group-${i}`))),
    );
    for (const keeper of keepers) await keeper.has(30);
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    for (const keeper of keepers) expect(new Set(keeper.values).size).toBe(30);
  });
}
