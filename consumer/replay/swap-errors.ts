/** Why a rebuilt view cannot replace the live one yet. Later it may. */
export class SwapNotReadyError extends Error {
  override readonly name: string = 'NotYetError';
}

/** The live view is ahead. */
export class BehindError extends SwapNotReadyError {}
