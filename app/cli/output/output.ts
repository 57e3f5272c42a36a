import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { withDeadline } from '../../../infra/deadline';
import { CommandFailure } from '../command';

/** How long somebody who does not read can hold up an end. */
const LAST_WORDS_MS = 500;

/** Where the data of a command go. */
export interface Output {
  /** Aborted when nobody reads any more, as after `| head`: time to end, and nothing is wrong. */
  readonly closed: AbortSignal;
  /**
   * Resolves when there is room for more.
   * @throws {CommandFailure} when it cannot be written: the disk is full, say
   */
  write(chunk: string | Uint8Array): Promise<void>;
  /** All is written: resolves when it is where it belongs. */
  finish(): Promise<void>;
  /** Ends without the rest. What was not meant to be seen half-done is gone; what was is left as it is. */
  abandon(): Promise<void>;
}

/** Writes to a stream no faster than it is read. */
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
    // An empty chunk is written when all before it is.
    if (!this.closed.aborted) await new Promise<void>((resolve) => this.stream.write('', () => resolve()));
    this.check();
  }

  /** Whoever reads gets what is on its way, if they want it soon. */
  async abandon(): Promise<void> {
    await withDeadline(LAST_WORDS_MS, () => this.finish()).catch(() => undefined);
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

/** Why something could not be written, in words. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `cannot be written: ${REASONS[code] ?? message}`;
}
