import fc from 'fast-check';
import { v5 } from 'uuid';
import { outcomeId } from './outcome-id';

test('is the UUID that it has always been, whatever the ID of the event is', () => {
  expect(outcomeId('01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37', 0)).toBe(
    v5('01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37 0', '6f1c1f0e-6b0a-4a57-9b6c-1f2d0e7c9a44'),
  );
  const eventId = fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', maxLength: 200 }));
  fc.assert(
    fc.property(eventId, fc.nat(20), (id, seq) => {
      expect(outcomeId(id, seq)).toBe(v5(`${id} ${seq}`, '6f1c1f0e-6b0a-4a57-9b6c-1f2d0e7c9a44'));
    }),
  );
});
