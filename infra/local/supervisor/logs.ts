import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

const MAX_LOG_BYTES = 20 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** Opens a log for appending. */
export function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  return openSync(file, 'a');
}

/**
 * Moves what is in a large log into its one predecessor, `.1`, so that both together never take much more than twice `most`. Whoever
 * writes to the log holds its descriptor, and goes on with it: that is why the content is copied and the file emptied. What is
 * written in the moment between the two is lost.
 * @param most in bytes
 */
export function rotateLarge(file: string, most = MAX_LOG_BYTES): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= most) return;
  const log = openSync(file, 'r+');
  const copy = openSync(`${file}.1.new`, 'w');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let at = 0, read; (read = readSync(log, piece, 0, PIECE_BYTES, at)) > 0; at += read)
      writeSync(copy, piece, 0, read);
    ftruncateSync(log, 0);
  } finally {
    closeSync(log);
    closeSync(copy);
  }
  renameSync(`${file}.1.new`, `${file}.1`);
}
