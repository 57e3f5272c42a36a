import { statSync } from 'node:fs';
import path from 'node:path';
import { run } from '../run';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A command, and the user to run it as; absent = the current user. */
export interface UserCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: User;
}

/** The user for Postgres under root, as Postgres refuses to run as root; undefined under any other user. */
export async function findUnprivileged(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'nobody'])));
  if (uid?.code !== 0 || gid?.code !== 0) {
    throw new Error(
      'Postgres refuses to run as root, and there is no user nobody to run it as: run make as another user.',
    );
  }
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/**
 * Wraps a command so that under root it runs as an unprivileged user. Where that user has no access to the folders above
 * `paths` (a clone below /root, or in a folder with mode 0700), it keeps the one capability that gives access.
 * @throws {Error} with one sentence saying what to do, when that capability cannot be kept
 */
export async function asUnprivileged(
  command: string,
  args: readonly string[],
  paths: readonly string[],
): Promise<UserCommand> {
  const user = await findUnprivileged();
  if (!user) return { command, args };
  if (paths.every(isPassable)) return { command, args, user };
  const switchUser = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  // Without the secure bit the capability does not apply to access(2), by which Postgres finds its programs.
  const keep = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const setpriv = [...switchUser, ...keep];
  if ((await run('setpriv', [...setpriv, 'true'])).code === 0) {
    return { command: 'setpriv', args: [...setpriv, command, ...args] };
  }
  throw new Error(
    'Postgres refuses to run as root, and the user nobody may not pass through the folders above this project: run make as an ordinary user, ' +
      'or move the project to a folder that everybody may pass through.',
  );
}

/** Whether all users may traverse all folders above the file. */
export function isPassable(file: string): boolean {
  const parent = path.dirname(file);
  return parent === file || ((statSync(parent).mode & 0o001) !== 0 && isPassable(parent));
}
