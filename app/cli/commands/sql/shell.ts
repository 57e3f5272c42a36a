import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { explain } from '../../explain';
import type { Terminal } from '../../command';
import { TABLES, type Session } from './session';
import { splitStatements } from './statements';

const HELP = `Write SQL, and end each statement with a semicolon. Ctrl-C ends what runs, Ctrl-D the shell.
.tables   what can be queried        DESCRIBE events;   its columns
.help     this text                  .exit              ends the shell
`;
const HISTORY_LINES = 1_000;

/**
 * Reads statements from stdin and runs them. On a terminal it is a shell with a history, which goes on after a statement that
 * fails; elsewhere such a statement ends it.
 * @throws {CommandFailure} of a statement, without a terminal
 */
export async function runShell(
  session: Session,
  terminal: Terminal,
  run: (sql: string) => Promise<void>,
): Promise<void> {
  if (process.stdin.isTTY && terminal.stdout.isTTY) return interactive(session, terminal, run);
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk as string;
  const { complete, rest } = splitStatements(text);
  for (const statement of [...complete, rest.trim()]) if (statement !== '') await run(statement);
}

async function interactive(
  session: Session,
  terminal: Terminal,
  run: (sql: string) => Promise<void>,
): Promise<void> {
  const { stdout, stderr, config } = terminal;
  const file = path.join(session.folder, '..', 'history');
  const lines = createInterface({
    ...{ input: process.stdin, output: stdout, prompt: 'library> ', historySize: HISTORY_LINES },
    history: existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [],
    removeHistoryDuplicates: true,
    completer: completeName,
  });
  lines.on('history', (history) => writeFileSync(file, history.join('\n'), { mode: 0o600 }));
  let text = '';
  let isRunning = false;
  lines.on('SIGINT', () => {
    if (isRunning) return session.interrupt();
    text = '';
    stdout.write('\n');
    prompt(lines, text);
  });
  stdout.write('DuckDB over the stream and the views; .help\n');
  prompt(lines, text);
  for await (const line of lines) {
    if (line.trim() === '.exit' || line.trim() === '.quit') break;
    if (text.trim() === '' && line.trim().startsWith('.')) stdout.write(dotCommand(line.trim()));
    else {
      const { complete, rest } = splitStatements(`${text}${line}\n`);
      text = rest;
      for (const statement of complete) {
        isRunning = true;
        await run(statement).catch((error: unknown) => void stderr.write(`${explain(error, config)}\n`));
        isRunning = false;
      }
    }
    prompt(lines, text);
  }
  lines.close();
}

function prompt(lines: Interface, text: string): void {
  lines.setPrompt(text.trim() === '' ? 'library> ' : '     ...> ');
  lines.prompt();
}

function dotCommand(line: string): string {
  if (line === '.tables') return TABLES.map(({ name, about }) => `${name.padEnd(14)} ${about}\n`).join('');
  return line === '.help' ? HELP : `There is no ${line}: .help\n`;
}

function completeName(line: string): [string[], string] {
  const [word = ''] = /[\w.]*$/.exec(line) ?? [];
  const names = [...TABLES.map(({ name }) => name), '.tables', '.help', '.exit'];
  return [word === '' ? [] : names.filter((name) => name.startsWith(word.toLowerCase())), word];
}
