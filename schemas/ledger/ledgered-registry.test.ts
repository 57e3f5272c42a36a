import { LIBRARY_EVENTS } from '../generated/events';
import { RegistryUnavailableError, type SchemaRegistry } from '../registry/registry';
import { registryOf } from '../registry/registry-double';
import { ledgeredRegistry } from './ledgered-registry';
import { copyAdded, memoryLedger } from './testing';

const RESERVATIONS = 'library.reservations';
const SUBJECT = `${RESERVATIONS}-library.CopyAdded`;
const OURS = copyAdded(7, SUBJECT);
const FOREIGN = copyAdded(40, SUBJECT, 'branch');

const away = () => Promise.reject(new RegistryUnavailableError('down'));
const doubleWith = (answers: Partial<SchemaRegistry>): SchemaRegistry => ({
  ...registryOf(LIBRARY_EVENTS),
  ...answers,
});

test('what the ledger has is found while the registry is down', async () => {
  const ledger = memoryLedger();
  await ledger.add([OURS]);
  const registry = ledgeredRegistry({ registry: doubleWith({ lookup: away, schemaById: away }), ledger });
  await expect(registry.schemaById(7)).resolves.toEqual(OURS);
  await expect(registry.lookup(SUBJECT, LIBRARY_EVENTS.schemas.CopyAdded)).resolves.toBe(7);
  await expect(registry.schemaById(40)).rejects.toThrow(RegistryUnavailableError);
});

test('the meaning in the ledger counts, whatever the registry has under the ID by now', async () => {
  const ledger = memoryLedger();
  await ledger.add([OURS]);
  const registry = doubleWith({ schemaById: async () => FOREIGN });
  await expect(ledgeredRegistry({ registry, ledger }).schemaById(7)).resolves.toEqual(OURS);
});

test('nothing is written with an ID that only the registry has', async () => {
  const registry = ledgeredRegistry({ registry: registryOf(LIBRARY_EVENTS), ledger: memoryLedger() });
  await expect(registry.lookup(SUBJECT, LIBRARY_EVENTS.schemas.CopyAdded)).resolves.toBeUndefined();
});

describe('an ID that only the registry has', () => {
  const found = (subject: string) =>
    doubleWith({ schemaById: async () => FOREIGN, placesOf: async () => [{ subject, version: 2 }] });

  test.each([
    ['is kept, where it is of a record on our topics', SUBJECT, [40]],
    ['is not kept, where it is of another topic', 'library.reservations.copy-value', []],
  ])('%s', async (_, subject, kept) => {
    const ledger = memoryLedger();
    const registry = ledgeredRegistry({ registry: found(subject), ledger, keepFor: [RESERVATIONS] });
    await expect(registry.schemaById(40)).resolves.toEqual(FOREIGN);
    await expect(ledger.entries().then((entries) => [...entries.keys()])).resolves.toEqual(kept);
  });

  test('is only read by whoever does not keep the ledger', async () => {
    const ledger = memoryLedger();
    await expect(
      ledgeredRegistry({ registry: found(SUBJECT), ledger }).schemaById(40),
    ).resolves.toBeDefined();
    await expect(ledger.entries()).resolves.toEqual(new Map());
  });
});
