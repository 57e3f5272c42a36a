import { spawnSync } from 'node:child_process';
import { projectRoot } from '../infra/local/run';

test('make bench is not given the servers of the running system', () => {
  const { MAKEFLAGS: _, ...env } = process.env;
  const args = ['--dry-run', '--no-print-directory', 'bench'];
  const { stdout } = spawnSync('make', args, { cwd: projectRoot(), env, encoding: 'utf8' });
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('node dist/bench/run.js');
});
