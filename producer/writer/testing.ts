import {
  AppendInDoubtError,
  NotAppendedError,
  type Appender,
  type OutgoingRecord,
  type Position,
} from '../../infra/event-log/log';
import { MaybeRecordedError, NotRecordedError, type Writer } from './writer';

/** What an appender can make of an append, as far as the one who appends can tell. */
export type Behaviour =
  | 'ok'
  /** Every other record is written and acknowledged, the others are neither. */
  | 'partly'
  /** All are written, every other is acknowledged. */
  | 'partly told'
  | 'written, in doubt'
  | 'not written, in doubt'
  | 'partly written, in doubt'
  | 'not appended';

/** One append that waits to be answered. */
export interface Append {
  readonly values: string[];
  answer(behaviour: Behaviour): Promise<void>;
}

/** An appender that does what it is told, and the log that comes of it (of one partition). */
export class ScriptedAppender implements Appender {
  readonly log: string[] = [];
  readonly appends: Append[] = [];
  closed = false;
  /** How each append is to be answered at once; absent: the test answers. */
  script: (() => Behaviour) | undefined;
  private busy = false;

  async append(_topic: string, records: readonly OutgoingRecord[]): Promise<(Position | undefined)[]> {
    if (this.busy) throw new Error('two appends at a time');
    this.busy = true;
    try {
      const values = records.map(({ value }) => value.toString());
      return this.perform(this.script?.() ?? (await this.told(values)), values);
    } finally {
      this.busy = false;
    }
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** The append that has been under way the longest. */
  get current(): Append | undefined {
    return this.appends[0];
  }

  private told(values: string[]): Promise<Behaviour> {
    return new Promise((resolve) => {
      const append: Append = {
        values,
        answer: async (behaviour) => {
          this.appends.splice(this.appends.indexOf(append), 1);
          resolve(behaviour);
          await settled();
        },
      };
      this.appends.push(append);
    });
  }

  private perform(behaviour: Behaviour, values: readonly string[]): (Position | undefined)[] {
    const isLucky = (i: number) => i % 2 === 0;
    const write = (value: string): Position => ({ partition: 0, offset: this.log.push(value) - 1 });
    switch (behaviour) {
      case 'ok':
        return values.map(write);
      case 'partly':
        return values.map((value, i) => (isLucky(i) ? write(value) : undefined));
      case 'partly told':
        return values.map(write).map((position, i) => (isLucky(i) ? position : undefined));
      case 'written, in doubt':
        values.forEach(write);
        throw new AppendInDoubtError('no answer');
      case 'partly written, in doubt':
        values.filter((_, i) => isLucky(i)).forEach(write);
        throw new AppendInDoubtError('no answer');
      case 'not written, in doubt':
        throw new AppendInDoubtError('no answer');
      case 'not appended':
        throw new NotAppendedError('no connection');
    }
  }
}

/** What became of a write. `times` counts how often it was settled. */
export interface Written {
  readonly value: string;
  outcome: Position | 'not recorded' | 'maybe recorded' | undefined;
  times: number;
}

/** Writes, and keeps what comes of it. */
export function write(writer: Writer, value: string): Written {
  return begin(writer, value).written;
}

function begin(writer: Writer, value: string): { written: Written; done: Promise<void> } {
  const written: Written = { value, outcome: undefined, times: 0 };
  const settle = (outcome: Written['outcome']) => {
    written.outcome = outcome;
    written.times += 1;
  };
  const key = `key-${value.length}-${value.charCodeAt(value.length - 1)}`;
  const done = writer.write({ key, value: Buffer.from(value), headers: {} }).then(settle, (error) => {
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
