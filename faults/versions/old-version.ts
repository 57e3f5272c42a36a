import type { RunResult } from '../../infra/local/run';

/**
 * Migrations before which every process of an older version has to be stopped: an upgrade over one of them is no rolling one.
 * Oldest first; docs/upgrading.md says why.
 */
export const STOPS: readonly string[] = ['20261126120000_held_books', '20261126200000_outbox_by_batch'];

/** Runs git in the project's root. */
export type Git = (...args: readonly string[]) => Promise<RunResult>;

export interface OldVersion {
  /** As it was asked for, or was found: a tag, a commit. */
  readonly ref: string;
  readonly commit: string;
}

/**
 * The version that is to run beside this one.
 * @param ref any commit. Absent: the last release (tag) before this version; without one, the first commit from which on an upgrade
 *   needs no stop
 * @throws {Error} in one sentence, when there is none, or the processes of both may not run side by side
 */
export async function findOldVersion(git: Git, ref?: string): Promise<OldVersion> {
  const { code, output } = await git('rev-parse', '--show-prefix');
  if (code !== 0 || output.trim() !== '') throw new Error('this folder is not the root of a git repository');
  const chosen = ref ?? (await lastRelease(git)) ?? (await firstWithoutStop(git));
  if (chosen === undefined) throw new Error('the history here does not reach back to an older version');
  const commit = await lineOf(git, 'rev-parse', '--verify', '--quiet', `${chosen}^{commit}`);
  if (commit === undefined) throw new Error(`git knows no commit ${chosen}`);
  if (commit === (await lineOf(git, 'rev-parse', 'HEAD')))
    throw new Error(`${chosen} is this version itself`);
  for (const migration of STOPS) {
    if ((await git('cat-file', '-e', `${commit}:${folderOf(migration)}`)).code === 0) continue;
    throw new Error(`${chosen} is older than the migration ${migration}, which needs a stop`);
  }
  return { ref: chosen, commit };
}

const lastRelease = (git: Git) => lineOf(git, 'describe', '--tags', '--abbrev=0', 'HEAD^');

/** Of a shallow clone it is the oldest commit, which seems to have added everything: as good as any. */
function firstWithoutStop(git: Git): Promise<string | undefined> {
  const added = [
    'log',
    '--first-parent',
    '-m',
    '--diff-filter=A',
    '--abbrev-commit',
    '--format=%h',
    '-n',
    '1',
  ];
  return lineOf(git, ...added, '--', folderOf(STOPS.at(-1)!));
}

async function lineOf(git: Git, ...args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await git(...args);
  const line = output.trim().split('\n')[0]!;
  return code === 0 && line !== '' ? line : undefined;
}

const folderOf = (migration: string) => `consumer/prisma/migrations/${migration}`;
