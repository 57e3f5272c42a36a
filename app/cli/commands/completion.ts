import { Command } from 'commander';
import type { Terminal } from '../command';
import { completionScript } from '../completion';

const NOTES = `
For bash, in ~/.bashrc; for zsh, in ~/.zshrc after "autoload -U +X compinit bashcompinit && compinit && bashcompinit":
  eval "$(library completion)"`;

/** `library completion`: the script for bash and zsh. @param wholeProgram with all commands loaded */
export function completionCommand({ stdout }: Terminal, wholeProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .summary('a script that lets a shell complete commands and options')
    .description('Prints a script for bash and zsh that completes commands and their options')
    .addHelpText('after', NOTES)
    .action(async () => void stdout.write(completionScript(await wholeProgram())));
}
