import { originOf, whyNot, type Origin } from './kept-schema';

const MIGRATIONS = [{ name: 'first', sql: '', checksum: 'a' }];
const streamOf = (cluster: string, topicId: string | undefined) => ({
  identity: () => Promise.resolve(cluster),
  topicId: () => Promise.resolve(topicId),
});
const STREAM = streamOf('cluster', 'id');

let origin: Origin;
let comment: string;
beforeAll(async () => {
  origin = await originOf('reservations', STREAM, MIGRATIONS);
  comment = `library rebuild ${JSON.stringify(origin)}`;
});

test('what was made from the same topic by the same program is continued', async () => {
  expect(whyNot(comment, await originOf('reservations', STREAM, MIGRATIONS))).toBeUndefined();
});

test('it is continued also where topics have no IDs', async () => {
  const nameless = await originOf('reservations', streamOf('cluster', undefined), MIGRATIONS);
  expect(whyNot(`library rebuild ${JSON.stringify(nameless)}`, nameless)).toBeUndefined();
});

test.each([
  ['another topic', () => originOf('other', STREAM, MIGRATIONS), 'another topic'],
  [
    'another cluster',
    () => originOf('reservations', streamOf('other', 'id'), MIGRATIONS),
    'another Kafka cluster',
  ],
  [
    'a topic made anew',
    () => originOf('reservations', streamOf('cluster', 'other'), MIGRATIONS),
    'deleted and made anew',
  ],
  [
    'other migrations',
    () => originOf('reservations', STREAM, [...MIGRATIONS, { name: 'second', sql: '', checksum: 'b' }]),
    'the tables have changed',
  ],
  ['other code', () => Promise.resolve({ ...origin, code: 'other' }), 'another version of the program'],
])('with %s it is not', async (_, now, why) => {
  expect(whyNot(comment, await now())).toContain(why);
});

test('a schema that nobody knows is not continued', () => {
  expect(whyNot(null, origin)).toContain('not known');
  expect(whyNot('something else', origin)).toContain('not known');
});
