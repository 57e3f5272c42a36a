import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { completionScript } from './completion';

const program = new Command('library')
  .addCommand(new Command('rebuild').option('--until <@time>'))
  .addCommand(new Command('events').option('--format <name>').option('--follow').option('--book <bookId>'))
  .addCommand(
    new Command('dead-letters')
      .addCommand(new Command('list').option('--all'))
      .addCommand(new Command('retry').option('--consumer <name>').option('--all')),
  );

/** What bash offers after a line that was begun. */
function offeredAfter(...line: string[]): string[] {
  const ask = `${completionScript(program)}
COMP_WORDS=(library "$@"); COMP_CWORD=$#; _library; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const answer = execFileSync('bash', ['-c', ask, 'bash', ...line], { encoding: 'utf8' });
  return answer.split('\n').filter((word) => word !== '');
}

test.each<[string[], string[]]>([
  [[''], ['rebuild', 'events', 'dead-letters', '--help']],
  [['re'], ['rebuild']],
  [
    ['dead-letters', ''],
    ['list', 'retry', '--help'],
  ],
  [
    ['events', '--fo'],
    ['--format', '--follow'],
  ],
  [['dead-letters', 'retry', '--consumer', 'demand', '--a'], ['--all']],
])('after %j a shell offers %j', (line, words) => expect(offeredAfter(...line)).toEqual(words));
