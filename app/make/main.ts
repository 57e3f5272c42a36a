import { spawn } from 'node:child_process';
import { down, reset } from './down';
import { logs } from './logs';
import { Failure } from './failure';
import { runTests } from './run-tests';
import { status } from './status';
import { printEnvironment } from './print-environment';
import { withDotEnv, withRunningSystem } from '../local-system/system';
import { ignoreClosedPipe } from '../terminal/print';
import { up } from './up';

/** Runs a program of the build with the addresses of the running system in its environment. Resolves with its exit code. */
function runWithSystem(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], { stdio: 'inherit', env: withRunningSystem() });
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

async function main(signal: AbortSignal, unread: AbortSignal): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'run') return runWithSystem(rest);
  if (command === 'test') return runTests(rest);
  const env = withDotEnv();
  if (command === 'status') return status(env);
  if (command === 'up') await up(signal);
  else if (command === 'env') printEnvironment(env);
  else if (command === 'logs') await logs(AbortSignal.any([signal, unread]), env);
  else if (command === 'down') await down(env);
  else if (command === 'reset') await reset(env);
  else throw new Failure('Use make help for the commands that there are.');
  return 0;
}

function report(error: unknown): void {
  const lines = [error instanceof Error ? error.message : String(error)];
  if (error instanceof Failure && error.log) lines.push(`It said last (${error.log.file}):`, error.log.lines);
  process.stderr.write(`${lines.join('\n')}\n`);
}

const interrupt = new AbortController();
// `make status | head`: what is under way is brought to its end all the same, and following the logs ends.
const unread = new AbortController();
ignoreClosedPipe(process.stdout, () => unread.abort());
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interrupt.abort(new Failure('Interrupted.')));
}

main(interrupt.signal, unread.signal).then(
  (code) => process.exit(code),
  (error: unknown) => {
    report(error);
    process.exit(interrupt.signal.aborted ? 130 : 1);
  },
);
