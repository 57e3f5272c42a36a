import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Chunk, Format } from '../../../../consumer/export/formats/format';
import { sizeOf } from '../../../../consumer/export/ranges';
import type { PartitionBounds, Position } from '../../../../infra/event-log/log';
import type { EventsOptions } from './options';
import { LINES, type FromThread, type LinesFormat, type Share, type ToThread } from './thread-messages';

/** Two threads read faster than one; more of them compete with Kafka and the main thread for the processors. */
const MAX_THREADS = 2;
/** Fewer records are exported before a thread has started. */
const WORTHWHILE = 100_000;
/** Node's default is a share of the heap of the process. What the threads allocate is garbage within moments. */
const RESOURCES = { maxOldGenerationSizeMb: 2_048 };

/**
 * How many threads read; 1 = the main thread alone, as it must be for a limit, for following, and for formats whose rows
 * depend on each other.
 */
export function threadsFor(
  { format, follow, limit, threads }: Pick<EventsOptions, 'format' | 'follow' | 'limit' | 'threads'>,
  ranges: readonly PartitionBounds[],
): number {
  const full = ranges.filter(({ start, end }) => start < end).length;
  if (follow || limit !== undefined || !isLines(format)) return 1;
  const wanted = threads ?? (sizeOf(ranges) < WORTHWHILE ? 1 : Math.min(MAX_THREADS, availableParallelism()));
  return Math.max(1, Math.min(wanted, full));
}

function isLines(format: string): format is LinesFormat {
  return (LINES as readonly string[]).includes(format);
}

export interface ThreadedExport extends Omit<Share, 'format'> {
  readonly name: EventsOptions['format'];
  readonly threads: number;
  readonly format: Pick<Format, 'head' | 'tail'>;
  /** See `Export`. */
  write(chunk: Chunk): Promise<void>;
  readonly signal: AbortSignal;
  onRead(records: number): void;
  onBroken(position: Position, reason: Error): void;
}

/**
 * The same as `exportEvents`, with the partitions distributed over threads. The rows of a partition come from one thread,
 * and so in order.
 * @throws {Error} the first error of any thread; the other threads are stopped
 */
export async function exportInThreads(options: ThreadedExport): Promise<void> {
  const { ranges, threads, format, signal } = options;
  const failed = new AbortController();
  const write = serialised(options.write);
  const head = format.head();
  if (head !== undefined) await write(head);
  const shares = Array.from({ length: threads }, (_, n) => ranges.filter((__, i) => i % threads === n));
  const running = shares.map((share) =>
    runThread({ ...options, write, ranges: share, signal: AbortSignal.any([signal, failed.signal]) }).catch(
      (error: unknown) => {
        failed.abort();
        throw error;
      },
    ),
  );
  const results = await Promise.allSettled(running);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  const tail = signal.aborted ? undefined : format.tail();
  if (tail !== undefined) await write(tail);
}

/** Serialises writes: each starts when the one before has ended. */
function serialised(write: (chunk: Chunk) => Promise<void>): (chunk: Chunk) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (chunk) => (last = last.then(() => write(chunk)));
}

async function runThread(options: ThreadedExport): Promise<void> {
  const { config, topic, name, filter, ranges, signal } = options;
  const workerData: Share = { config, topic, format: name as LinesFormat, filter, ranges };
  const worker = new Worker(join(__dirname, 'thread.js'), { workerData, resourceLimits: RESOURCES });
  const post = (message: ToThread) => worker.postMessage(message);
  const stop = () => post('stop');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'rows') void options.write(message.chunk).then(() => post('next'), reject);
        else if (message.kind === 'read') options.onRead(message.records);
        else options.onBroken(message.position, new Error(message.reason));
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
