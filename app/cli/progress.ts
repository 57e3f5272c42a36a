import { NO_PROGRESS, showProgress, type ProgressDisplay } from '../terminal/progress';
import type { Terminal } from './command';

/** The callbacks with which a long operation reports its progress. */
export interface ProgressCallbacks {
  /** @param records the total */
  onStart(records: number): void;
  /** @param records how many more are done */
  onProgress(records: number): void;
  /** Ends the display: what follows is not counted. */
  onCaughtUp(): void;
}

/** Runs an action and shows its progress on stderr. */
export async function withProgress<T>(
  { stderr }: Terminal,
  title: string,
  action: (callbacks: ProgressCallbacks) => Promise<T>,
): Promise<T> {
  let shown: ProgressDisplay = NO_PROGRESS;
  try {
    return await action({
      onStart: (records) => (shown = showProgress(title, records, stderr)),
      onProgress: (records) => shown.step(records),
      onCaughtUp: () => {
        shown.stop();
        shown = NO_PROGRESS;
      },
    });
  } finally {
    shown.stop();
  }
}
