import { NO_PROGRESS, showProgress, type ProgressDisplay } from '../terminal/progress';
import type { Terminal } from './command';

/** What a long piece of work tells of how far it is. */
export interface ProgressCallbacks {
  onStart(records: number): void;
  onProgress(records: number): void;
}

/** Shows how far an action is, on stderr. */
export async function withProgress<T>(
  { stderr }: Terminal,
  title: string,
  action: (told: ProgressCallbacks) => Promise<T>,
): Promise<T> {
  let shown: ProgressDisplay = NO_PROGRESS;
  try {
    return await action({
      onStart: (records) => (shown = showProgress(title, records, stderr)),
      onProgress: (records) => shown.step(records),
    });
  } finally {
    shown.stop();
  }
}
