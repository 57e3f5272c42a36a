import { NOT_CAUGHT_UP } from '../../consumer/views/read-gate';
import { problems } from '../../infra/http/problem';
import { WRITE_PROBLEMS } from '../../producer/api/refusals';

test('a code has one title, and a title one code', () => {
  const kinds = [...Object.values(problems), ...WRITE_PROBLEMS, NOT_CAUGHT_UP];
  for (const key of ['code', 'title'] as const)
    expect(new Set(kinds.map((kind) => kind[key])).size).toBe(kinds.length);
});
