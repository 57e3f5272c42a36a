import { randomInt } from 'node:crypto';
import { testServers, uniqueName } from '../../test/servers';
import { LIBRARY_EVENTS } from '../generated/events';
import { createRegistry, type RegisteredSchema } from '../registry/registry';
import { registerSchemas } from '../registry/subjects';
import { deploySchemas } from './deploy-schemas';
import { copyAdded, memoryLedger, memoryLog, TOPIC } from './testing';

const registry = createRegistry(testServers().registryUrl);

let topics: { reservations: string; outcomes: string };
let subject: string;

beforeEach(() => {
  const prefix = uniqueName('ledger');
  topics = { reservations: `${prefix}.reservations`, outcomes: `${prefix}.outcomes` };
  subject = `${topics.reservations}-library.CopyAdded`;
});

/** An ID that the registry has not given, and its schema, which nobody has registered. */
const lostSchema = (): RegisteredSchema => copyAdded(randomInt(1e6, 1e8), subject, uniqueName('field'));

test('a first deploy fills the ledger with every schema, and the next one adds nothing', async () => {
  const log = memoryLog();
  const ledger = memoryLedger(log);
  await deploySchemas({ registry, ledger, topics });
  const ids = await registerSchemas({ registry, topics });
  const entries = [...(await ledger.entries()).values()];
  expect(new Map(entries.map((entry) => [entry.subject, entry.id]))).toEqual(ids);
  const one = [{ partition: 0, start: 0, end: ids.size }];
  await expect(log.bounds(TOPIC)).resolves.toEqual(one);
  await deploySchemas({ registry, ledger: memoryLedger(log), topics });
  await expect(log.bounds(TOPIC)).resolves.toEqual(one);
});

test('an installation without a ledger gets one from its registry, with the older versions and other kinds of records', async () => {
  await registerSchemas({ registry, topics });
  const newer = copyAdded(0, subject, uniqueName('field'));
  const id = await registry.register(subject, newer.schema);
  const former = `${topics.outcomes}-library.Former${uniqueName()}`;
  const formerId = await registry.register(former, newer.schema.replace('copyId', 'formerId'));
  const ledger = memoryLedger();
  await deploySchemas({ registry, ledger, topics });
  await expect(ledger.schemaById(id)).resolves.toEqual({ ...newer, id });
  await expect(ledger.schemaById(formerId)).resolves.toMatchObject({ subject: former, version: 1 });
  await expect(ledger.idOf(subject, LIBRARY_EVENTS.schemas.CopyAdded)).resolves.toBeLessThan(id);
});

describe('a schema that the registry has lost', () => {
  test('is registered again under its ID and version, before ours', async () => {
    const ledger = memoryLedger();
    const lost = lostSchema();
    await ledger.add([lost]);
    await deploySchemas({ registry, ledger, topics });
    await expect(registry.placesOf(lost.id)).resolves.toEqual([{ subject, version: 2 }]);
    const [first, ...others] = await registry.versions(subject);
    expect(first).toEqual(lost);
    expect(others.map(({ version }) => version)).toEqual([3]);
    await expect(registry.ping()).resolves.toBeUndefined();
  });

  test('is registered again beside what others have put under its subject since', async () => {
    const ledger = memoryLedger();
    const [lost, again] = [lostSchema(), lostSchema()];
    await ledger.add([lost, { ...again, version: 1 }]);
    const since = await registry.register(subject, again.schema);
    await deploySchemas({ registry, ledger, topics });
    await expect(registry.schemaById(lost.id)).resolves.toMatchObject({ schema: lost.schema });
    await expect(registry.schemaById(again.id)).resolves.toMatchObject({ schema: again.schema });
    await expect(ledger.schemaById(since)).resolves.toMatchObject({ subject, schema: again.schema });
    await expect(deploySchemas({ registry, ledger, topics })).resolves.toBeUndefined();
  });

  test('and that another installation has restored is registered under our subject too', async () => {
    const ledger = memoryLedger();
    const lost = lostSchema();
    const id = await registry.register(uniqueName('other'), lost.schema);
    await ledger.add([{ ...lost, id }]);
    await deploySchemas({ registry, ledger, topics });
    expect((await registry.placesOf(id)).map((place) => place.subject)).toContain(subject);
  });

  test('is not deployed over, when its ID is taken: the refusal names who has it, and nothing is registered', async () => {
    const ledger = memoryLedger();
    const other = uniqueName('other');
    const taken = await registry.register(other, lostSchema().schema);
    await ledger.add([{ ...lostSchema(), id: taken }]);
    await expect(deploySchemas({ registry, ledger, topics })).rejects.toThrow(
      `The schema registry means something else by the ID ${taken} than records on the stream do: ${taken} is ${subject} there, ` +
        `and ${other} in the registry. It was lost, and others registered their schemas first. Empty it, deploy,`,
    );
    await expect(registry.versions(subject)).resolves.toEqual([]);
  });
});
