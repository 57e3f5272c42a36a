import type { RunResult } from '../../infra/local/run';
import { findOldVersion, STOPS, type Git } from './old-version';

const HEAD = 'a'.repeat(40);
const OLD = 'b'.repeat(40);
const failed: RunResult = { code: 128, output: 'fatal: …' };

interface Repository {
  readonly prefix?: RunResult;
  readonly tag?: string;
  /** The commit that brought the last migration that needs a stop. */
  readonly brought?: string;
  readonly commits?: Readonly<Record<string, string>>;
  /** The commits that have all of those migrations. */
  readonly rolling?: readonly string[];
}

function gitOf({ prefix, tag, brought, commits = {}, rolling = [] }: Repository): Git {
  const said = (output: string | undefined) =>
    output === undefined ? failed : { code: 0, output: `${output}\n` };
  return (...args) => {
    const last = args.at(-1)!;
    if (last === '--show-prefix') return Promise.resolve(prefix ?? said(''));
    if (args[0] === 'describe') return Promise.resolve(said(tag));
    if (args[0] === 'log')
      return Promise.resolve(last.endsWith(STOPS.at(-1)!) ? said(brought ?? '') : failed);
    if (args[0] === 'cat-file')
      return Promise.resolve(rolling.includes(last.split(':')[0]!) ? said('') : failed);
    return Promise.resolve(said(last === 'HEAD' ? HEAD : commits[last.replace('^{commit}', '')]));
  };
}

test('any commit that has all migrations which need a stop may run beside this version', async () => {
  const git = gitOf({ commits: { old: OLD }, rolling: [OLD], tag: 'v1' });
  expect(await findOldVersion(git, 'old')).toEqual({ ref: 'old', commit: OLD });
});

test('by default it is the last release; without one, the first commit that needs no stop', async () => {
  const repository = { commits: { v1: OLD, b1b1b1b: OLD }, rolling: [OLD], brought: 'b1b1b1b' };
  expect((await findOldVersion(gitOf({ ...repository, tag: 'v1' }))).ref).toBe('v1');
  expect((await findOldVersion(gitOf(repository))).ref).toBe('b1b1b1b');
});

test.each<[string, Repository, string | undefined, RegExp]>([
  ['a folder without git', { prefix: failed }, undefined, /not the root of a git repository/],
  [
    'a folder of another repository',
    { prefix: { code: 0, output: 'vendor/library/\n' } },
    undefined,
    /not the root/,
  ],
  ['a history that does not reach back', {}, undefined, /does not reach back/],
  ['an unknown commit', {}, 'v9', /git knows no commit v9/],
  ['this version', { commits: { main: HEAD }, rolling: [HEAD] }, 'main', /main is this version itself/],
  [
    'a version before a stop',
    { commits: { v0: OLD } },
    'v0',
    /v0 is older than the migration .*_held_books, which needs a stop/,
  ],
])('no older version: %s', async (_, repository, ref, message) => {
  await expect(findOldVersion(gitOf(repository), ref)).rejects.toThrow(message);
});
