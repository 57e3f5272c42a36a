import { ANONYMOUS, scopeOf } from '../infra/http/access';
import { ACCESS, actorOf, endpoint, onlyUser, requireSelf, type Viewer } from './access';

const patron: Viewer = { caller: { role: 'patron', name: 'ishmael' }, scope: 'own' };
const staff: Viewer = { caller: { role: 'staff', name: 'anna' }, scope: 'all' };

test('who is restricted to their own acts for themselves only', () => {
  expect(onlyUser(patron)).toBe('ishmael');
  expect(onlyUser(staff)).toBeUndefined();
  expect(() => requireSelf(patron, 'ishmael')).not.toThrow();
  expect(() => requireSelf(patron, 'ahab')).toThrow('403');
  expect(() => requireSelf(patron, null)).toThrow('403');
  expect(() => requireSelf(staff, 'ahab')).not.toThrow();
});

test('a role without an entry gets nothing, whoever is not asked to authenticate everything', () => {
  for (const access of Object.values(ACCESS)) {
    expect(scopeOf({ role: 'none', name: 'x' }, access)).toBe('none');
    expect(scopeOf({ role: 'anonymous', name: '' }, access)).toBe('none');
    expect(scopeOf(ANONYMOUS, access)).toBe('all');
  }
});

test('an entry is method, path and access of an operation', () => {
  expect(endpoint('PUT /v1/books/{bookId}')).toEqual({
    method: 'put',
    path: '/v1/books/{bookId}',
    access: { anonymous: 'none', patron: 'none', staff: 'all', analyst: 'none' },
  });
});

test('a caller acts as a user with a role, or as nobody who is known', () => {
  expect(actorOf(staff.caller)).toEqual({ type: 'user', id: 'anna', role: 'staff' });
  expect(actorOf(ANONYMOUS)).toEqual({ type: 'unauthenticated' });
});
