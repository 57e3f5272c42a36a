import type { Command } from 'commander';

/** What may come after a command: its subcommands and options. */
function wordsAfter(command: Command): string[] {
  const { commands, options } = command;
  const flags = [...options, command.createHelp().visibleOptions(command).at(-1)].flatMap(
    (option) => option?.long ?? [],
  );
  return [...new Set([...commands.map((sub) => sub.name()), ...flags])];
}

/** The cases of a shell's `case`, one for each command and what may come after it, the longest first. */
function casesOf(command: Command, path: string): string[] {
  const below = command.commands.flatMap((sub) => casesOf(sub, `${path}${sub.name()} `));
  return [...below, `    '${path}'*) words='${wordsAfter(command).join(' ')}' ;;`];
}

/**
 * A script for bash, and for zsh with `bashcompinit`, that completes the commands and options of a program; file names where there are
 * none.
 */
export function completionScript(program: Command): string {
  const name = program.name();
  return `_${name}() {
  local IFS=$' \\t\\n' words
  case "\${COMP_WORDS[*]:1:COMP_CWORD - 1} " in
${casesOf(program, '').join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`;
}
