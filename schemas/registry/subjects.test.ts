import { LIBRARY_EVENTS } from '../generated/events';
import { RegistryRefusedError, RegistryUnavailableError, type SchemaRegistry } from './registry';
import { registryOf } from './registry-double';
import { registerOne, subjectOf } from './subjects';

const schema = LIBRARY_EVENTS.schemas.CopyAdded;
const SUBJECT = 'library.reservations-library.CopyAdded';

test('the subject is the topic and the full name of the record', () => {
  expect(subjectOf('library.reservations', schema)).toBe(SUBJECT);
});

function registering(answers: Partial<SchemaRegistry>): Promise<number> {
  return registerOne({ ...registryOf(LIBRARY_EVENTS), ...answers }, SUBJECT, schema);
}

test('a subject is FULL_TRANSITIVE before its first schema is registered', async () => {
  const calls: string[] = [];
  await registering({
    compatibility: async () => undefined,
    setCompatibility: async (subject, level) => void calls.push(`${subject} ${level}`),
    lookup: async () => undefined,
    register: async (subject) => (calls.push(`register ${subject}`), 4),
  });
  expect(calls).toEqual([`${SUBJECT} FULL_TRANSITIVE`, `register ${SUBJECT}`]);
});

test('a schema that is registered already does not change', async () => {
  const setCompatibility = jest.fn();
  const register = jest.fn();
  await expect(registering({ setCompatibility, register })).resolves.toBe(3);
  expect(setCompatibility).not.toHaveBeenCalled();
  expect(register).not.toHaveBeenCalled();
});

test('a refusal names the subject, the message of the registry and the document to read', async () => {
  const refused = new RegistryRefusedError('…', 409, 'No default for field branch');
  const lookup = async () => undefined;
  await expect(registering({ lookup, register: () => Promise.reject(refused) })).rejects.toThrow(
    `The registry refuses the schema of ${SUBJECT}: No default for field branch. Change it`,
  );
});

test('a registry that does not answer is a transient error', async () => {
  const lookup = () => Promise.reject(new RegistryUnavailableError('down'));
  await expect(registering({ lookup })).rejects.toThrow(RegistryUnavailableError);
});
