import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, tail } from '../infra/local/run';

const BLOCK = Buffer.alloc(1 << 20, 'x');
const SMALLEST_BLOCK = 4_096;

/** A file system of its own for one folder, with so little room that it can be filled. `removeFolder` unmounts it. */
export class SmallDisk {
  private constructor(private readonly filler: string) {}

  /**
   * Moves the folder, which nobody uses yet, to a small file system, under the same name.
   * @throws {Error} where mounting is not permitted
   */
  static async under(folder: string, megabytes: number): Promise<SmallDisk> {
    const moved = `${folder}.moved`;
    const { uid, gid, mode } = statSync(folder);
    renameSync(folder, moved);
    mkdirSync(folder);
    const options = `size=${megabytes}m,uid=${uid},gid=${gid},mode=${(mode & 0o777).toString(8)}`;
    await must('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    await must('cp', ['-a', `${moved}/.`, folder]);
    rmSync(moved, { recursive: true });
    return new SmallDisk(path.join(folder, 'filler'));
  }

  /** Takes all the room that is left. To be repeated, as others may give some back. */
  async fill(): Promise<void> {
    const file = await open(this.filler, 'a');
    try {
      for (let size = BLOCK.length; size >= SMALLEST_BLOCK;) {
        const full = await file.write(BLOCK, 0, size).then(({ bytesWritten }) => bytesWritten < size, isFull);
        if (full) size /= 2;
      }
    } finally {
      await file.close();
    }
  }

  /** Gives the room back. */
  empty(): void {
    rmSync(this.filler, { force: true });
  }
}

function isFull(error: NodeJS.ErrnoException): true {
  if (error.code !== 'ENOSPC') throw error;
  return true;
}

/** Whether file systems may be mounted here, found out by mounting one. */
export async function mayMount(): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  try {
    if ((await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])).code !== 0) return false;
    return (await run('umount', [folder])).code === 0;
  } finally {
    rmdirSync(folder);
  }
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${tail(output, 5)}`);
}
