import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { withDeadline } from '../../../infra/deadline';
import { CommandFailure } from '../command';

/** How long a reader that has stopped reading can delay the end. */
const ABANDON_TIMEOUT_MS = 500;

/** The destination of a command's data. */
export interface Output {
  /** Aborted when the reader has gone, as after `| head`: the command then ends, without an error. */
  readonly closed: AbortSignal;
  /**
   * Writes with backpressure: resolves when there is room for more.
   * @throws {CommandFailure} when the data cannot be written, for instance to a full disk
   */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Called after the last write. Resolves when all data are at their destination. */
  finish(): Promise<void>;
  /** Ends early. A file that is to appear only when complete is deleted; any other keeps what was written. */
  abandon(): Promise<void>;
}

/** Writes to a stream, no faster than it is read. */
export class StreamOutput implements Output {
  private readonly closing = new AbortController();
  private error: Error | undefined;

  constructor(
    private readonly stream: Writable,
    name: string,
    private readonly interrupt: AbortSignal,
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.error ??= new CommandFailure(`${name} ${reasonOf(error)}`);
      this.closing.abort();
    });
    stream.on('close', () => this.closing.abort());
  }

  get closed(): AbortSignal {
    return this.closing.signal;
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.closed.aborted) return this.check();
    if (!this.stream.write(chunk)) await this.room();
    this.check();
  }

  async finish(): Promise<void> {
    // The callback of an empty chunk comes when all chunks before it are written.
    if (!this.closed.aborted) await new Promise<void>((resolve) => this.stream.write('', () => resolve()));
    this.check();
  }

  /** The reader still gets what is buffered, if it reads on within the timeout. */
  async abandon(): Promise<void> {
    await withDeadline(ABANDON_TIMEOUT_MS, () => this.finish()).catch(() => undefined);
  }

  private async room(): Promise<void> {
    const signal = AbortSignal.any([this.closed, this.interrupt]);
    await once(this.stream, 'drain', { signal }).catch(() => undefined);
  }

  private check(): void {
    if (this.error) throw this.error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is none',
  EISDIR: 'that is a folder; name a file in it',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
};

/** Why something could not be written, as the rest of a sentence. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `cannot be written: ${REASONS[code] ?? message}`;
}
