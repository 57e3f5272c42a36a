import type { WriteStream } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { CommandFailure } from '../command';
import { reasonOf, StreamOutput, type Output } from './output';

const BUFFER_BYTES = 1_048_576;

/**
 * A file that appears when it is complete: it is written under a temporary name in the same folder, and renamed at the end.
 * A device or a named pipe (/dev/null) is written directly.
 * @throws {CommandFailure} when it cannot be written
 */
export async function openFile(path: string, interrupt: AbortSignal): Promise<Output> {
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory())
    throw new CommandFailure(`${path} cannot be written: that is a folder; name a file in it`);
  if (there && !there.isFile()) return openStraight(path, interrupt);
  const temporary = `${target}.${process.pid}.partial`;
  return new FileOutput(await streamTo(temporary, path), path, interrupt, { temporary, target });
}

/**
 * A file that grows as the data arrive, for readers that follow it.
 * @throws {CommandFailure} when it cannot be written
 */
export async function openStraight(path: string, interrupt: AbortSignal): Promise<Output> {
  return new FileOutput(await streamTo(path, path), path, interrupt);
}

async function streamTo(path: string, name: string): Promise<WriteStream> {
  try {
    const handle = await open(path, 'w');
    return handle.createWriteStream({ highWaterMark: BUFFER_BYTES });
  } catch (error) {
    throw new CommandFailure(`${name} ${reasonOf(error)}`);
  }
}

class FileOutput extends StreamOutput {
  constructor(
    private readonly file: WriteStream,
    private readonly path: string,
    interrupt: AbortSignal,
    private readonly move?: { readonly temporary: string; readonly target: string },
  ) {
    super(file, path, interrupt);
  }

  override async finish(): Promise<void> {
    await super.finish();
    await this.end();
    if (!this.move) return;
    try {
      await rename(this.move.temporary, this.move.target);
    } catch (error) {
      await this.abandon();
      throw new CommandFailure(`${this.path} ${reasonOf(error)}`);
    }
  }

  override async abandon(): Promise<void> {
    await this.end().catch(() => undefined);
    if (this.move) await rm(this.move.temporary, { force: true });
  }

  private async end(): Promise<void> {
    if (this.file.closed) return;
    this.file.end();
    await finished(this.file);
  }
}
