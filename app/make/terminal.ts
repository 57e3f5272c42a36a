/** One line for the person at the terminal. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** "ready in 4.2 s". */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** A failure that its sentence explains; `log` is what the failing process wrote last. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    sentence: string,
    readonly log?: { readonly file: string; readonly lines: string },
  ) {
    super(sentence);
  }
}
