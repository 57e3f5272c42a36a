import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is wrong if the wait times out, for the message: "Kafka did not become ready". */
  readonly what: string;
  /** In milliseconds. */
  readonly timeout: number;
  /** The interval between two checks, in milliseconds; default 100. */
  readonly every?: number;
}

/**
 * Checks a condition until it is true. If the condition throws, the wait ends with that error.
 * @throws {Error} when the timeout is over
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

/** Whether a GET is answered with 2xx. Asks once, without retries. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
