/** A failure that its message explains in one sentence; `log` holds the last lines that the failing process wrote. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    sentence: string,
    readonly log?: { readonly file: string; readonly lines: string },
  ) {
    super(sentence);
  }
}
