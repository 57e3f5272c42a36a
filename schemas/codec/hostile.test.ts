import fc from 'fast-check';
import { sampleOf } from '../../test/samples';
import { LIBRARY_EVENTS, LIBRARY_EVENT_TYPES } from '../generated/events';
import { idsOf, registryOf } from '../registry/registry-double';
import { createDecoder, encoderWith, UndecodableError } from './codec';
import { damage } from './testing';

const encoder = encoderWith(LIBRARY_EVENTS, idsOf(LIBRARY_EVENTS));
const valid = LIBRARY_EVENT_TYPES.flatMap((type) => [
  encoder.encode(sampleOf(type, 'full')),
  encoder.encode(sampleOf(type, 'bare')),
]);

test('any damage to a valid value is an event of ours or undecodable, and nothing else', async () => {
  const decoder = createDecoder({ registry: registryOf(LIBRARY_EVENTS), schemas: LIBRARY_EVENTS });
  const damaged = fc.tuple(fc.constantFrom(...valid), fc.array(damage, { minLength: 1, maxLength: 3 }));
  let read = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async ([value, damages]) => {
      const bytes = damages.reduce((each, spoil) => spoil(each), value);
      await decoder.learn([bytes]);
      try {
        encoder.encode(decoder.decode(bytes));
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UndecodableError);
        refused += 1;
      }
    }),
    { numRuns: 20_000, seed: 1 },
  );
  // Both happen: else it would test only one of them.
  expect(Math.min(read, refused)).toBeGreaterThan(100);
});
