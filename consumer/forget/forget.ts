import { randomUUID } from 'node:crypto';
import type { Erasure } from '../../schemas/forgotten/erasure';
import { withoutReplays } from '../replay/work-lock';
import { cancelOpen } from './cancellations';
import { whereKnown } from './known';
import { endsOf, momentFor, reaches, type Moment } from './moment';
import { assertForgettable } from './obstacles';
import { rewriteLive, rewritePast, type Rewritten } from './rewrite';
import { dropUnfinished, pastSchemas } from './schemas';
import { NotForgottenError, type ForgetSources } from './sources';

export interface ForgetOptions {
  readonly userId: string;
  readonly signal: AbortSignal;
  /** Told what is being done, in sentences. */
  report(sentence: string): void;
}

/** What was done. */
export interface Forgotten extends Rewritten {
  /** How many reservations were open, and were cancelled. */
  readonly cancelled: number;
  /** The schemas with views of a past time, of which the person was taken out. */
  readonly past: readonly string[];
  /** The schemas of interrupted replays, which were dropped. */
  readonly dropped: readonly string[];
  /** How often the ID stands in tables still, by table: it was used again meanwhile, as a new person's. */
  readonly since: Readonly<Record<string, number>>;
}

/** So often something new may be open when all was closed. */
const ROUNDS = 10;

/**
 * Forgets a person: cancels what is open, records for ever that their user ID up to here means somebody who was forgotten, and
 * takes it out of all views. From then on whatever is made of the stream (rebuilds, views of the past, exports, live events) has
 * other names in its place. What comes later under the same ID is another person's.
 *
 * Killed at any moment, it is completed by calling it again.
 * @returns undefined when nothing is known of the user
 * @throws {NotForgottenError} when something speaks against it
 * @throws {BusyError} while a replay is running
 */
export function forget(sources: ForgetSources, options: ForgetOptions): Promise<Forgotten | undefined> {
  const { pool, forgotten } = sources;
  const { userId, report } = options;
  return withoutReplays(pool, async (lost) => {
    const signal = AbortSignal.any([options.signal, lost]);
    await forgotten.refresh();
    const before = forgotten.erasuresOf(userId);
    const last = before.at(-1);
    if (last && !last.done) {
      report('An interrupted run had recorded it already: this one completes it.');
      return complete(sources, { ...options, signal }, before, 0);
    }
    await reaches(sources, availability(sources), await endsOf(sources, sources.topics.reservations), signal);
    if (Object.keys(await whereKnown(pool, userId)).length === 0) return undefined;
    const { cancelled, moment } = await close(sources, { ...options, signal });
    const erasures = [...before, erasureOf(moment)];
    await forgotten.store(userId, erasures);
    report('It is recorded: from now on nothing that is made of the stream names them.');
    return complete(sources, { ...options, signal }, erasures, cancelled);
  });
}

const availability = ({ topics }: ForgetSources) => ({
  consumer: 'availability',
  topic: topics.reservations,
});

const erasureOf = ({ reservations, outcomes }: Moment): Erasure => ({
  id: randomUUID(),
  at: new Date().toISOString(),
  reservations: [...reservations],
  outcomes: [...outcomes],
  done: false,
});

/** Closes what is open, until there is a moment at which nothing is, and all views are beyond it. */
async function close(
  sources: ForgetSources,
  { userId, signal, report }: ForgetOptions,
): Promise<{ cancelled: number; moment: Moment }> {
  const { topics } = sources;
  let cancelled = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await reaches(sources, availability(sources), await endsOf(sources, topics.reservations), signal);
    await assertForgettable(sources, userId);
    const open = await cancelOpen(sources, userId);
    if (open > 0) {
      cancelled += open;
      report(`Open reservations that are cancelled: ${open}.`);
      continue;
    }
    const moment = await momentFor(sources, userId, signal);
    if (!moment) continue;
    const { reservations, outcomes } = moment;
    await reaches(sources, { consumer: 'demand', topic: topics.reservations }, reservations, signal);
    await reaches(sources, { consumer: 'notices', topic: topics.outcomes }, outcomes, signal);
    return { cancelled, moment };
  }
  throw new NotForgottenError(
    'They reserve again as often as it is cancelled, or outcomes are not published in time: block their access, see that the ' +
      'role availability runs, and repeat the command.',
  );
}

/** Takes the person of the last erasure out of all tables, and notes that this is done. */
async function complete(
  { pool, topics, forgotten }: ForgetSources,
  { userId, report }: ForgetOptions,
  erasures: readonly Erasure[],
  cancelled: number,
): Promise<Forgotten> {
  const last = erasures.at(-1)!;
  const rewritten = await rewriteLive(pool, userId, last, topics);
  report('They are out of the live views.');
  const dropped = await dropUnfinished(pool);
  const past = await pastSchemas(pool);
  for (const schema of past) await rewritePast(pool, schema, userId, last, topics);
  await forgotten.store(userId, [...erasures.slice(0, -1), { ...last, done: true }]);
  return { ...rewritten, cancelled, past, dropped, since: await whereKnown(pool, userId) };
}
