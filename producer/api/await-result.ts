import type { Logger } from '../../infra/logger';
import type { WriteResult, OutcomeQuery, OutcomeLookup } from './outcome-lookup';

/** How much longer than agreed a view may take before it is not waited for any more, in milliseconds. */
const GRACE = 250;

/**
 * Asks the view what became of an event. The event is recorded by now, so nothing that goes wrong here may turn the
 * answer into an error: it is `pending` then.
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
    if (!query.signal.aborted) logger.warn({ err: error }, 'the view cannot tell what became of an event');
    return { kind: 'pending' };
  } finally {
    clearTimeout(timer);
  }
}
