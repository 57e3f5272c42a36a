import { setTimeout as delay } from 'node:timers/promises';
import { showProgress } from '../terminal/progress';
import type { DemoClient } from './client';
import type { Wish } from './data';
import { requestOf, whatFollows, type Act } from './life';
import type { Replayed } from './replay';
import { Tally } from './summary';

/**
 * Replays wishes at a pace, with the loans and returns that follow from them, so that queues move. It ends with the last wish.
 * @param rate requests a second
 * @param signal ends it early
 * @throws {GaveUpError} and other errors of the client; the remaining requests are not sent
 */
export async function liveReplay(
  client: Pick<DemoClient, 'send'>,
  wishes: readonly Wish[],
  rate: number,
  signal: AbortSignal,
): Promise<Replayed> {
  const tally = new Tally();
  const run = Date.now().toString(36);
  const due: { act: Act; at: number }[] = [];
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  const progress = showProgress('Reservations    ', wishes.length, process.stdout);
  let failure: unknown;

  const send = async (act: Act) => {
    const answer = await client.send(requestOf(act, run));
    tally.add(answer);
    if (act.kind === 'reserve') progress.step();
    const now = performance.now();
    for (const later of whatFollows(act, answer, Math.random()))
      due.push({ act: later.act, at: now + later.after });
  };
  const takeDue = (): Act | undefined => {
    const now = performance.now();
    const at = due.findIndex((each) => each.at <= now);
    return at < 0 ? undefined : due.splice(at, 1)[0]?.act;
  };

  try {
    const left = wishes[Symbol.iterator]();
    for (let sent = 0; failure === undefined; sent += 1) {
      const wait = started + (sent * 1_000) / rate - performance.now();
      if (wait > 0) await delay(wait, undefined, { signal });
      const act = takeDue() ?? reserveOf(left.next());
      if (!act) break;
      const sending = send(act)
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    await Promise.all(underWay);
  } finally {
    progress.stop();
  }
  if (failure !== undefined) throw failure;
  return { tally, seconds: (performance.now() - started) / 1_000 };
}

function reserveOf(wish: IteratorResult<Wish>): Act | undefined {
  return wish.done ? undefined : { kind: 'reserve', ...wish.value };
}
