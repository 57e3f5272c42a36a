import { statSync } from 'node:fs';
import path from 'node:path';
import { run } from '../run';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A command, and the user to start it as; no user = as we are. */
export interface UserCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: User;
}

/** The user that Postgres runs as when we are root, as Postgres refuses root; undefined when we are not. */
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
 * How to start the command so that it runs as an unprivileged user if we are root. Where that user may not pass through
 * the folders above `paths` (a clone below /root, or in a mode 0700 folder), it keeps the one capability to do so.
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
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  // Without the secure bit access(2), by which Postgres looks for its programs, would not count the capability.
  const keep = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const setpriv = [...become, ...keep];
  if ((await run('setpriv', [...setpriv, 'true'])).code === 0) {
    return { command: 'setpriv', args: [...setpriv, command, ...args] };
  }
  throw new Error(
    'Postgres refuses to run as root, and the user nobody may not pass through the folders above this project: run make as an ordinary user, ' +
      'or move the project to a folder that everybody may pass through.',
  );
}

/** Whether everybody may pass through all folders above the file. */
export function isPassable(file: string): boolean {
  const parent = path.dirname(file);
  return parent === file || ((statSync(parent).mode & 0o001) !== 0 && isPassable(parent));
}
