import { lockFile } from './files';
import { tryLock } from './lock';
import { Supervisor } from './supervisor';

/**
 * `node main.js RUN-FOLDER LOG-FOLDER VERSION`: the process of the supervisor. SIGTERM and SIGINT stop all processes, then
 * it ends. SIGHUP ends the supervisor alone.
 */
async function main(): Promise<void> {
  const [run = '', logs = '', version = ''] = process.argv.slice(2);
  const folders = { run, logs };
  const lock = tryLock(lockFile(folders));
  if (!lock) return;
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => stop.abort());
  process.on('SIGHUP', () => {
    lock.release();
    process.exit(0);
  });
  await new Supervisor(folders, version).run(stop.signal);
  lock.release();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${new Date().toISOString()} ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  },
);
