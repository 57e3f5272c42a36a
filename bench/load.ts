import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Load, LoadResult } from './generator';
import type { ListenersMessage, Measurement, Reception } from './listeners';
import type { PacedLoad, PacedResult } from './paced';
import type { ReturningLoad, ReturningResult } from './returners';
import type { SteadyLoad, SteadyResult } from './steady';

/** Sends requests as fast as the connections allow. */
export function fire(load: Load): Promise<LoadResult> {
  return inProcess<LoadResult>('generator.js', load);
}

/** Sends requests at a steady rate, and watches the view for their effects. */
export function pace(load: PacedLoad): Promise<PacedResult> {
  return inProcess<PacedResult>('paced.js', load);
}

/** Appends events to the stream at a steady rate. */
export function steady(load: SteadyLoad): Promise<SteadyResult> {
  return inProcess<SteadyResult>('steady.js', load);
}

/** Clients of the live events that come back at once. */
export function comeBack(load: ReturningLoad): Promise<ReturningResult> {
  return inProcess<ReturningResult>('returners.js', load);
}

/** Clients of the live events, in a process of their own. */
export class Listeners {
  private constructor(private readonly process: LoadProcess) {}

  /** Resolves when all streams are open. */
  static async open(url: string, listeners: number): Promise<Listeners> {
    const opened = new Listeners(new LoadProcess('listeners.js'));
    await opened.ask({ do: 'open', url, listeners });
    return opened;
  }

  measure(message: Omit<Measurement, 'do'>): Promise<Reception> {
    return this.ask<Reception>({ do: 'measure', ...message });
  }

  close(): void {
    this.process.end();
  }

  private ask<T>(message: ListenersMessage): Promise<T> {
    return this.process.ask<T>(message);
  }
}

async function inProcess<T>(script: string, load: object): Promise<T> {
  const child = new LoadProcess(script);
  return child.ask<T>(load);
}

/** A forked process that answers messages, one at a time. */
class LoadProcess {
  private readonly child: ChildProcess;

  /** @param script relative to this file */
  constructor(script: string) {
    this.child = fork(join(__dirname, script), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** @throws {Error} when the process ends instead of answering */
  async ask<T>(message: object): Promise<T> {
    const over = new AbortController();
    const answer = once(this.child, 'message', { signal: over.signal }) as Promise<[T]>;
    const exit = once(this.child, 'exit', { signal: over.signal }).then(([code]) => {
      throw new Error(`the load generator ended with code ${String(code)}`);
    });
    for (const end of [answer, exit]) end.catch(() => undefined);
    this.child.send(message);
    const [result] = await Promise.race([answer, exit]);
    over.abort();
    return result;
  }

  end(): void {
    this.child.kill();
  }
}
