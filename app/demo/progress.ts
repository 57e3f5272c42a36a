import { SingleBar } from 'cli-progress';

/** Shows how far something is: a bar on a terminal, a line every few seconds elsewhere. */
export interface ProgressDisplay {
  step(): void;
  /** Ends it, and leaves the last state on the screen. */
  stop(): void;
}

const LINE_EVERY_MS = 3_000;

/** @param total how many steps there are */
export function showProgress(title: string, total: number, output = process.stdout): ProgressDisplay {
  return output.isTTY ? bar(title, total, output) : lines(title, total, output);
}

function bar(title: string, total: number, stream: NodeJS.WriteStream): ProgressDisplay {
  const format = `${title} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`;
  const shown = new SingleBar({
    stream,
    format,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    etaBuffer: 500,
  });
  shown.start(total, 0);
  return { step: () => shown.increment(), stop: () => shown.stop() };
}

function lines(title: string, total: number, output: NodeJS.WritableStream): ProgressDisplay {
  let done = 0;
  let last = -1;
  const write = () => {
    if (done !== last) output.write(`${title} ${done}/${total}\n`);
    last = done;
  };
  const timer = setInterval(write, LINE_EVERY_MS);
  return {
    step: () => void (done += 1),
    stop: () => {
      clearInterval(timer);
      write();
    },
  };
}
