import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock } from '../../infra/local/supervisor/lock';
import { print } from '../terminal/print';
import type { Folders } from '../local-system/settings';

/** Runs `action` when no other command is changing the same system: one at a time, the others wait for their turn. */
export async function withSystemLock<T>({ systemLock: turn }: Folders, action: () => Promise<T>): Promise<T> {
  let lock = tryLock(turn);
  if (!lock)
    print(`Another make (process ${lockHolder(turn)?.pid ?? '?'}) is at work here; waiting for it to end…`);
  while (!lock) {
    await sleep(200);
    lock = tryLock(turn);
  }
  try {
    return await action();
  } finally {
    lock.release();
  }
}
