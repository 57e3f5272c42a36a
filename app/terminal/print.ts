/** Writes each line to stdout. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** A duration for a person: `4.2 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

/**
 * Nobody reads what is written any more (`… | head`): that is no error. The rest is written to nobody.
 * @param onClosed called the first time
 */
export function ignoreClosedPipe(stream: NodeJS.WritableStream, onClosed: () => void = () => {}): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onClosed();
  });
}
