import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock } from '../../infra/local/supervisor/lock';
import { print } from '../terminal/print';
import type { Folders } from '../local-system/settings';

/** Runs `action` under the lock of the system: one command changes it at a time, the others wait. */
export async function withSystemLock<T>({ systemLock }: Folders, action: () => Promise<T>): Promise<T> {
  let lock = tryLock(systemLock);
  if (!lock)
    print(
      `Another make (process ${lockHolder(systemLock)?.pid ?? '?'}) is at work here; waiting for it to end…`,
    );
  while (!lock) {
    await sleep(200);
    lock = tryLock(systemLock);
  }
  try {
    return await action();
  } finally {
    lock.release();
  }
}
