import type {
  Appender,
  AttemptOptions,
  AttemptResult,
  OutgoingRecord,
  PartitionRecords,
  Position,
} from '../../infra/event-log/log';
import { GroupCommitWriter, type GroupCommitOptions } from './group-commit-writer';
import { MaybeRecordedError, NotRecordedError, type Writer } from './writer';

/** What an attempt for one partition can come to, as far as the one who appends can tell. */
export type Behaviour =
  | 'ok'
  | 'written, in doubt'
  | 'not written, in doubt'
  | 'partly written, in doubt'
  | 'not appended'
  | 'too large';

/** One attempt for one partition that waits to be answered. */
export interface Attempt extends Pick<AttemptOptions, 'timeout' | 'apart'> {
  readonly partition: number;
  readonly values: string[];
  answer(behaviour: Behaviour): Promise<void>;
}

/** An appender that does as it is told, and the log that comes of it. */
export class ScriptedAppender implements Appender {
  /** The values in each partition. */
  readonly logs = new Map<number, string[]>();
  readonly attempts: Attempt[] = [];
  closed = false;
  /** Whether attempts come as far as the network before they wait to be answered. */
  isConnected = true;
  /** How each attempt is to be answered at once; absent, or undefined: the test answers. */
  script: ((attempt: Omit<Attempt, 'answer'>) => Behaviour | undefined) | undefined;
  private readonly busy = new Set<number>();

  attempt(
    _topic: string,
    batches: readonly PartitionRecords[],
    options: AttemptOptions,
  ): Promise<AttemptResult>[] {
    return batches.map(({ partition, records }) => this.attemptOne(partition, records, options));
  }

  append(): Promise<(Position | undefined)[]> {
    return Promise.reject(new Error('the writer appends by attempts'));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** The attempt that has been under way the longest. */
  get current(): Attempt | undefined {
    return this.attempts[0];
  }

  /** What is in a partition. */
  log(partition = 0): string[] {
    const known = this.logs.get(partition) ?? [];
    this.logs.set(partition, known);
    return known;
  }

  private async attemptOne(
    partition: number,
    records: readonly OutgoingRecord[],
    { onWire, ...options }: AttemptOptions,
  ): Promise<AttemptResult> {
    if (this.busy.has(partition)) throw new Error(`two attempts at a time for partition ${partition}`);
    this.busy.add(partition);
    if (this.isConnected) onWire?.(partition);
    try {
      const values = records.map(({ value }) => value.toString());
      const attempt = { partition, values, ...options };
      return this.perform(this.script?.(attempt) ?? (await this.told(attempt)), attempt);
    } finally {
      this.busy.delete(partition);
    }
  }

  private told(attempt: Omit<Attempt, 'answer'>): Promise<Behaviour> {
    return new Promise((resolve) => {
      const waiting: Attempt = {
        ...attempt,
        answer: async (behaviour) => {
          this.attempts.splice(this.attempts.indexOf(waiting), 1);
          resolve(behaviour);
          await settled();
        },
      };
      this.attempts.push(waiting);
    });
  }

  private perform(
    behaviour: Behaviour,
    { partition, values }: Pick<Attempt, 'partition' | 'values'>,
  ): AttemptResult {
    const log = this.log(partition);
    const baseOffset = log.length;
    if (behaviour === 'ok' || behaviour === 'written, in doubt') log.push(...values);
    if (behaviour === 'partly written, in doubt') log.push(...values.slice(0, Math.ceil(values.length / 2)));
    const error = new Error(behaviour);
    switch (behaviour) {
      case 'ok':
        return { kind: 'appended', baseOffset };
      case 'not appended':
        return { kind: 'not-appended', error };
      case 'too large':
        return { kind: 'too-large', error };
      default:
        return { kind: 'in-doubt', error };
    }
  }
}

/** What became of a write. `times` counts how often it was settled. */
export interface Written {
  readonly key: string;
  readonly value: string;
  outcome: Position | 'not recorded' | 'maybe recorded' | undefined;
  times: number;
}

export interface WriteSettings {
  /** Decides the partition; absent: follows from the value. */
  readonly key?: string;
  readonly deadline?: number;
}

/** Writes, and keeps what comes of it. */
export function write(writer: Writer, value: string, settings: WriteSettings = {}): Written {
  return begin(writer, value, settings).written;
}

function begin(
  writer: Writer,
  value: string,
  settings: WriteSettings = {},
): { written: Written; done: Promise<void> } {
  const key = settings.key ?? `key-${value.length}-${value.charCodeAt(value.length - 1)}`;
  const written: Written = { key, value, outcome: undefined, times: 0 };
  const settle = (outcome: Written['outcome']) => {
    written.outcome = outcome;
    written.times += 1;
  };
  const done = writer
    .write({ key, value: Buffer.from(value), headers: {} }, settings.deadline)
    .then(settle, (error) => {
      if (error instanceof NotRecordedError) settle('not recorded');
      else if (error instanceof MaybeRecordedError) settle('maybe recorded');
      else throw error;
    });
  return { written, done };
}

/** Clients that each write one event after the other, until they are told to stop. */
export class Load {
  readonly writes: Written[] = [];
  private stopped = false;
  private readonly clients: Promise<void[]>;

  constructor(writer: Writer, clients: number) {
    this.clients = Promise.all(Array.from({ length: clients }, (_, i) => this.client(writer, i)));
  }

  get acknowledged(): number {
    return this.writes.filter(({ outcome }) => typeof outcome === 'object').length;
  }

  async stop(): Promise<readonly Written[]> {
    this.stopped = true;
    await this.clients;
    return this.writes;
  }

  private async client(writer: Writer, client: number): Promise<void> {
    for (let i = 0; !this.stopped; i++) {
      const { written, done } = begin(writer, `client ${client} event ${i}`);
      this.writes.push(written);
      await done;
      // One that is refused at once would ask again without end.
      if (written.outcome === 'not recorded') await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Lets everything that is ready to run have run. Timers stay where they are. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The `timeout` of `createWriter`, in milliseconds. */
export const TIMEOUT = 1_000;

/** A writer of one partition on a scripted appender. */
export function createWriter(options: Partial<GroupCommitOptions> = {}) {
  const appender = new ScriptedAppender();
  const writer = new GroupCommitWriter(appender, {
    topic: 'events',
    partitions: 1,
    timeout: TIMEOUT,
    maxPending: 100,
    ...options,
  });
  return { appender, writer };
}

/** From here on time stands still but where `pass` moves it; the event loop turns as ever. */
export function stopTime(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
}

/** Lets so many milliseconds pass, and everything that is due run. */
export async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  await settled();
}
