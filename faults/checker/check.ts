import type { RunHistory, Span } from '../history';
import { checkAcknowledgements } from './acknowledgements';
import { checkEffects } from './effects';
import type { Finding } from './finding';
import { checkOrder } from './order';
import { checkPromises } from './promises';
import { checkProgress, checkReads } from './reads';
import { indexStream } from './stream-index';

export interface CheckOptions {
  /** The `ce_source` of writers that are not clients of the run. */
  readonly foreign?: readonly string[];
  /** When the database may have lost its last commits, and gone back to an earlier state. Default: never. */
  readonly wentBack?: readonly Span[];
}

/** Every broken promise that the history of a run shows. A repeated record of an event is none: at-least-once is promised. */
export function check(run: RunHistory, { foreign = [], wentBack = [] }: CheckOptions = {}): Finding[] {
  const index = indexStream(run);
  return [
    ...checkAcknowledgements(run, index, new Set(foreign)),
    ...checkOrder(run, index),
    ...checkReads(run, index, wentBack),
    ...checkProgress(run, wentBack),
    ...checkPromises(run, index),
    ...checkEffects(run, index),
  ];
}
