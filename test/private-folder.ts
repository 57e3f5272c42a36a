import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectRoot, run } from '../infra/local/run';

const parent = () => path.join(projectRoot(), '.local', 'test');

/** The name of a new folder for the data of this process's servers. Those of processes that were killed are deleted first. */
export async function privateFolder(): Promise<string> {
  for (const name of existsSync(parent()) ? readdirSync(parent()) : [])
    if (!isRunning(Number.parseInt(name, 10))) await removeFolder(path.join(parent(), name));
  return path.join(parent(), `${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Deletes a folder, and unmounts what is mounted in it. */
export async function removeFolder(folder: string): Promise<void> {
  for (const mounted of mountsIn(folder)) await run('umount', ['--lazy', mounted]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Linux only; elsewhere nothing of ours is mounted. */
function mountsIn(folder: string): string[] {
  if (!existsSync('/proc/self/mounts')) return [];
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  // Blanks stand as \040 there.
  const paths = lines.map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  return paths.filter((mounted) => mounted.startsWith(`${folder}${path.sep}`));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
