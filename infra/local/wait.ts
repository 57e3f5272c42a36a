import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the message: "Kafka did not become ready". */
  readonly what: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds between two questions. */
  readonly every?: number;
}

/**
 * Asks until the answer is true. A condition that throws ends the wait with its error.
 * @throws {Error} when the time is over
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + options.timeout;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`${options.what} within ${Math.round(options.timeout / 1_000)} s`);
    await sleep(options.every ?? 100);
  }
}

/** Whether a GET answers with 2xx. Asks once. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
