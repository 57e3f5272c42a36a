import { originOf, whyNot } from './kept-schema';

const MIGRATIONS = [{ name: 'first', sql: '', checksum: 'a' }];
const origin = originOf('reservations', 'cluster', MIGRATIONS);
const comment = `library rebuild ${JSON.stringify(origin)}`;

test('what was made from the same topic by the same program is continued', () => {
  expect(whyNot(comment, originOf('reservations', 'cluster', MIGRATIONS))).toBeUndefined();
});

test.each([
  ['another topic', originOf('other', 'cluster', MIGRATIONS), 'another topic'],
  ['another cluster', originOf('reservations', 'other', MIGRATIONS), 'another Kafka cluster'],
  [
    'other migrations',
    originOf('reservations', 'cluster', [...MIGRATIONS, { name: 'second', sql: '', checksum: 'b' }]),
    'the tables have changed',
  ],
  ['other code', { ...origin, code: 'other' }, 'another version of the program'],
])('with %s it is not', (_, now, why) => {
  expect(whyNot(comment, now)).toContain(why);
});

test('a schema that nobody knows is not continued', () => {
  expect(whyNot(null, origin)).toContain('not known');
  expect(whyNot('something else', origin)).toContain('not known');
});
