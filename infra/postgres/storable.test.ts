import { isStorable } from './storable';

test('Postgres cannot store NUL, nor half of a surrogate pair', () => {
  expect(isStorable('Moby\u0000Dick')).toBe(false);
  expect(isStorable('\ud83d')).toBe(false);
  expect(isStorable('\udc0b\ud83d')).toBe(false);
  expect(isStorable('🐋 whale')).toBe(true);
});
