import type { Logger } from '../../infra/logger';
import type { WriteResult, OutcomeQuery, OutcomeLookup } from './outcome-lookup';

/** How much longer than its timeout the view may take before its answer counts as `pending`, in milliseconds. */
const GRACE = 250;

/**
 * Looks up in the view what became of an event. The event is recorded already, so a failure must not turn the answer into
 * an error: the result is `pending` then. Never throws.
 */
export async function awaitResult(
  view: OutcomeLookup,
  query: OutcomeQuery,
  logger: Logger,
): Promise<WriteResult> {
  let timer: NodeJS.Timeout | undefined;
  const pending = new Promise<WriteResult>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'pending' }), query.timeoutMs + GRACE);
  });
  try {
    return await Promise.race([view.outcomeOf(query), pending]);
  } catch (error) {
    if (!query.signal.aborted)
      logger.warn({ err: error }, 'the outcome of an event could not be looked up in the view');
    return { kind: 'pending' };
  } finally {
    clearTimeout(timer);
  }
}
