import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Makes a process end with this one, however this one ends: a shell kills it as soon as this process no longer holds the
 * shell's stdin.
 */
export function endWithUs(child: ChildProcess): void {
  const watchdog = spawn('sh', ['-c', 'cat >/dev/null; kill -9 "$0"', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  child.once('exit', () => watchdog.kill('SIGKILL'));
}
