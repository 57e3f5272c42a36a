import { SingleBar } from 'cli-progress';

/** Shows progress: as a bar on a terminal, elsewhere as a line every few seconds. */
export interface ProgressDisplay {
  /** Counts more steps as done. */
  step(count?: number): void;
  /** Ends the display; the last state stays on the screen. */
  stop(): void;
}

/** A display that shows nothing. */
export const NO_PROGRESS: ProgressDisplay = { step: () => undefined, stop: () => undefined };

const LINE_EVERY_MS = 3_000;

/** @param total the number of steps */
export function showProgress(
  title: string,
  total: number,
  output: NodeJS.WriteStream = process.stderr,
): ProgressDisplay {
  const progress = new Done();
  return output.isTTY ? bar(title, total, output, progress) : lines(title, total, output, progress);
}

/** The steps done, and their rate since the start. */
class Done {
  count = 0;
  private readonly started = performance.now();

  get rate(): string {
    const seconds = (performance.now() - this.started) / 1_000;
    return `${Math.round(this.count / Math.max(seconds, 0.001)).toLocaleString('en')}/s`;
  }
}

function bar(title: string, total: number, stream: NodeJS.WriteStream, done: Done): ProgressDisplay {
  const format = `${title} {bar} {percentage}% | {value}/{total} | {rate} | {eta_formatted} left`;
  const shown = new SingleBar({
    stream,
    format,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    etaBuffer: 500,
  });
  shown.start(total, 0, { rate: done.rate });
  return {
    step(count = 1) {
      done.count += count;
      shown.increment(count, { rate: done.rate });
    },
    stop: () => shown.stop(),
  };
}

function lines(title: string, total: number, output: NodeJS.WritableStream, done: Done): ProgressDisplay {
  let last = -1;
  const write = () => {
    if (done.count !== last) output.write(`${title} ${done.count}/${total}, ${done.rate}\n`);
    last = done.count;
  };
  const timer = setInterval(write, LINE_EVERY_MS);
  return {
    step: (count = 1) => void (done.count += count),
    stop: () => {
      clearInterval(timer);
      write();
    },
  };
}
