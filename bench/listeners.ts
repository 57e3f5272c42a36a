import { request, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from './statistics';

/** A measurement by the listeners. */
export interface Measurement {
  /** When each outcome was appended, in milliseconds since the epoch, by its position. */
  readonly appended: readonly (readonly [position: string, at: number])[];
  /** The number of outcomes since the last measurement, including those that are not measured. */
  readonly total: number;
  /** How long to wait for missing outcomes, in milliseconds. */
  readonly patience: number;
}

/** The messages to the process of the listeners: open the streams, then measure, any number of times. */
export type ListenersMessage =
  | { readonly do: 'open'; readonly url: string; readonly listeners: number }
  | ({ readonly do: 'measure' } & Measurement);

export interface Reception {
  /** From an outcome's append to its arrival at a listener, over all of them, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** Outcomes that a listener did not receive, or received again, summed over all listeners. */
  readonly missing: number;
  readonly repeated: number;
}

/** A client of the live events. It records the arrivals; they are evaluated when the measurement is over. */
class Listener {
  readonly arrivals: { readonly position: string; readonly at: number }[] = [];
  private rest = '';

  static open(url: string): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const listener = new Listener();
      const outgoing = request(url, { agent: false, headers: { accept: 'text/event-stream' } });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        if (response.statusCode !== 200)
          reject(new Error(`the stream was answered with ${response.statusCode}`));
        // The first data show that the stream is open.
        response.once('data', () => resolve(listener));
        listener.listen(response);
      });
      outgoing.end();
    });
  }

  private listen(response: IncomingMessage): void {
    response.setEncoding('utf8').on('data', (text: string) => {
      const at = Date.now();
      const blocks = (this.rest + text).split('\n\n');
      this.rest = blocks.pop()!;
      for (const block of blocks) {
        if (block.startsWith('id: '))
          this.arrivals.push({ position: block.slice(4, block.indexOf('\n')), at });
      }
    });
    response.on('close', () => {
      throw new Error('a stream was closed');
    });
  }
}

const OPENED_AT_ONCE = 50;
const POLL_MS = 50;
let all: Listener[] = [];

async function open(url: string, count: number): Promise<void> {
  while (all.length < count) {
    const next = Math.min(OPENED_AT_ONCE, count - all.length);
    all = all.concat(await Promise.all(Array.from({ length: next }, () => Listener.open(url))));
  }
}

async function measure({ total, patience, ...message }: Measurement): Promise<Reception> {
  const deadline = Date.now() + patience;
  const isWaiting = () => all.some(({ arrivals }) => arrivals.length < total);
  while (isWaiting() && Date.now() < deadline) await delay(POLL_MS);
  const appended = new Map(message.appended);
  const lags: number[] = [];
  let repeated = 0;
  for (const { arrivals } of all) {
    const seen = new Set<string>();
    for (const { position, at } of arrivals.splice(0)) {
      const since = appended.get(position);
      if (since === undefined) continue;
      if (seen.has(position)) repeated += 1;
      else lags.push(at - since);
      seen.add(position);
    }
  }
  const missing = all.length * appended.size - lags.length;
  return {
    p50: quantile(lags, 0.5),
    p99: quantile(lags, 0.99),
    slowest: quantile(lags, 1),
    missing,
    repeated,
  };
}

process.on('message', (message: ListenersMessage) => {
  const answer = message.do === 'open' ? open(message.url, message.listeners) : measure(message);
  void answer.then((result) => process.send?.(result ?? 'open'));
});
