import type { Request } from 'express';
import { StreamPlaces } from './stream-places';

const request = {} as Request;
const caller = (name: string) => ({ name, role: 'staff' });

test('when all places are taken nobody gets one, whoever asks, until a stream ends', () => {
  const places = new StreamPlaces(2, 3);
  const [leave] = [places.take(request, caller('a')), places.take(request, caller('a'))];
  places.take(request, caller('b'));
  const ask = () => places.take(request, caller('c'));
  expect(ask).toThrow(expect.objectContaining({ kind: expect.objectContaining({ code: 'overloaded' }) }));
  leave!();
  expect(ask).not.toThrow();
  expect(ask).toThrow('3 streams are open on this process');
});

test('who is refused takes no place', () => {
  const places = new StreamPlaces(1, 2);
  places.take(request, caller('a'));
  expect(() => places.take(request, caller('a'))).toThrow('At most 1');
  expect(() => places.take(request, caller('b'))).not.toThrow();
});
