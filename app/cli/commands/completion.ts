import { Command } from 'commander';
import type { Terminal } from '../command';
import { completionScript } from '../completion';
import { programOf } from '../program';

const NOTES = `
For bash, in ~/.bashrc; for zsh, in ~/.zshrc after "autoload -U +X compinit bashcompinit && compinit && bashcompinit":
  eval "$(library completion)"`;

/** `library completion`: the script for bash and zsh. */
export function completionCommand(terminal: Terminal): Command {
  return new Command('completion')
    .description('Prints a script for bash and zsh that completes commands and their options')
    .addHelpText('after', NOTES)
    .action(async () => {
      const program = await programOf(terminal, ({ name }) => name !== 'completion');
      terminal.stdout.write(completionScript(program));
    });
}
