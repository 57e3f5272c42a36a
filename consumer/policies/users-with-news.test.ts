import { UsersWithNews } from './users-with-news';

test('users are there until they are settled as of their last news, in parts', () => {
  const users = new UsersWithNews();
  for (const user of ['ann', 'bob', 'cy', 'ann']) users.add(user);
  const parts = users.parts(2);
  expect(parts.map((part) => [...part.keys()])).toEqual([['ann', 'bob'], ['cy']]);
  users.add('bob');
  for (const part of parts) for (const [user, news] of part) users.settle(user, news);
  expect(users.parts(2).map((part) => [...part.keys()])).toEqual([['bob']]);
});
