import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../app/config';
import { deployStream } from '../../app/deploy';
import { run, tail } from '../../infra/local/run';
import { findOldVersion, type OldVersion } from './old-version';

/** An older version of the platform, built. */
export interface OldBuild extends OldVersion {
  /** The root of its build. */
  readonly build: string;
}

/**
 * Builds an older version beside this one, once: its sources come from git, its packages are those of this version where both have
 * the same lockfile, and else are installed.
 * @param root the project's root
 * @param folder where old versions are kept
 * @throws {Error} in one sentence, when there is no such version, or it cannot be built
 */
export async function buildOldVersion(root: string, folder: string, ref?: string): Promise<OldBuild> {
  const git = (...args: readonly string[]) => run('git', args, { cwd: root });
  const version = await findOldVersion(git, ref);
  const there = join(folder, version.commit.slice(0, 12));
  if (!existsSync(there)) await extract(root, version.commit, there);
  const sameLock = await git('diff', '--quiet', version.commit, '--', 'package-lock.json');
  const isShared = sharePackages(root, there, sameLock.code === 0);
  // What `make build` runs. It does nothing where the build is already there. It may not install into packages that are shared.
  const env = isShared ? { PATH: '' } : {};
  await must('it could not be built', process.execPath, ['infra/local/preflight.mjs'], there, env);
  return { ...version, build: join(there, 'dist') };
}

/**
 * Deploys as the older version does; the schemas of this version are registered too, since the suite writes with them. What else
 * this version's deploy does is left for the upgrade.
 */
export function deployWith(build: string) {
  return async (config: Config, env: Readonly<Record<string, string>>): Promise<void> => {
    const old = await run(process.execPath, [join(build, 'app/deploy.js')], {
      env: { PATH: process.env['PATH'], ...env },
    });
    if (old.code !== 0) throw new Error(`The older version did not deploy: ${tail(old.output, 3)}`);
    await deployStream(config);
  };
}

async function extract(root: string, commit: string, into: string): Promise<void> {
  const unfinished = `${into}.unfinished`;
  const archive = `${into}.tar`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const failure = 'its sources could not be read';
  await must(failure, 'git', ['archive', '--format=tar', '-o', archive, commit], root);
  await must(failure, 'tar', ['-xf', archive], unfinished);
  rmSync(archive);
  renameSync(unfinished, into);
}

/** @returns whether the packages are those of this version */
function sharePackages(root: string, there: string, areTheSame: boolean): boolean {
  const packages = join(there, 'node_modules');
  const isLink = lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (areTheSame && !existsSync(packages)) symlinkSync(join(root, 'node_modules'), packages);
  else if (!areTheSame && isLink) unlinkSync(packages);
  else return isLink;
  return areTheSame;
}

async function must(
  failure: string,
  command: string,
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv = {},
): Promise<void> {
  const env = { ...process.env, ...more };
  delete env['LOCAL_DIR'];
  const { code, output } = await run(command, args, { cwd, env });
  if (code !== 0) throw new Error(`${failure}: ${tail(output, 3).replaceAll('\n', ' · ')}`);
}
