import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { VARIABLES } from '../../app/config';
import { SETTINGS } from '../../app/local-system/settings';
import { projectRoot } from '../../infra/local/run';
import { commandsOf, PAGES, textOf } from './pages';

const sourcesOf = (folder: string): string =>
  readdirSync(path.join(projectRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => textOf(path.join(folder, file)))
    .join('\n');
const namesIn = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map(([, name = '']) => name));

const TARGETS = namesIn(textOf('Makefile'), /^([a-z]+):/gm);
const SCRIPTS = new Set(
  Object.keys((JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts),
);
const CLI = sourcesOf('app/cli');
const LIBRARY = namesIn(CLI, /new Command\('([a-z-]+)'\)/g);
const LIBRARY_OPTIONS = new Set([...namesIn(CLI, /'(?:-\w, )?(--[a-z-]+)/g), '--help']);
const IGNORED = textOf('.gitignore').split('\n');

/** What a command line names that is not there. */
function mistakesIn(line: string): string[] {
  const target = /^(?:[A-Z_]+=\S* )*make (?:-\w+ )*([a-z]+)\b/.exec(line)?.[1];
  const script = /\bnpm run (?:-s )?([a-z-]+)/.exec(line)?.[1];
  const program = /\bnode (dist\/\S+\.js)/.exec(line)?.[1];
  const [, command, rest = ''] = /^(?:npm run -s library --|library) ([a-z-]+)(.*)/.exec(line) ?? [];
  const options = command === undefined ? [] : (rest.split('|', 1)[0]!.match(/(?<=\s)--[a-z-]+/g) ?? []);
  const output = /--output ([\w.-]+)/.exec(rest)?.[1];
  return [
    target !== undefined && !TARGETS.has(target) && `make ${target}`,
    script !== undefined && !SCRIPTS.has(script) && `npm run ${script}`,
    program !== undefined && !existsSync(path.join(projectRoot(), sourceOf(program))) && program,
    command !== undefined && !LIBRARY.has(command) && `library ${command}`,
    ...options.map((option) => !LIBRARY_OPTIONS.has(option) && `library ${command} ${option}`),
    output !== undefined && !isIgnored(path.extname(output)) && `git does not ignore ${output}`,
  ].filter((mistake) => mistake !== false);
}

/** Everywhere, or where a command of the manual writes: beside the project's files. */
const isIgnored = (extension: string) => ['', '/'].some((where) => IGNORED.includes(`${where}*${extension}`));

const sourceOf = (program: string) => program.replace(/^dist\//, '').replace(/\.js$/, '.ts');

test('what is not there is noticed', () => {
  const page = [
    'Run `make nothing`, `library nothing` or `library lag --none`; `make up HTTP_PORT=1`, `library lag --json`, `make` are fine.',
    '```sh',
    'npm run -s none -- x      # a comment: make none',
    'node dist/none.js',
    'npm run -s library -- events --format parquet \\',
    '  --output x.orc',
    'eval "$(make -s env)"',
    '```',
  ].join('\n');
  expect(commandsOf(page).flatMap(mistakesIn)).toEqual([
    'npm run none',
    'dist/none.js',
    'git does not ignore x.orc',
    'make nothing',
    'library nothing',
    'library lag --none',
  ]);
});

test.each(PAGES)('%s: every command is there, and what it writes is no part of the repository', (page) => {
  expect(commandsOf(textOf(page)).flatMap(mistakesIn)).toEqual([]);
});

test('the variables that the README explains are settings', () => {
  const rows = textOf('README.md').match(/^\| `[A-Z].*$/gm) ?? [];
  const names = rows.flatMap((row) =>
    [...row.split(' | ', 1)[0]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  );
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => ![...VARIABLES, ...SETTINGS].includes(name!))).toEqual([]);
});

test('scripts of the manual are those that tests run', () => {
  const scripts = PAGES.flatMap((page) => commandsOf(textOf(page))).filter((line) => /^sh docs\//.test(line));
  expect(new Set(scripts.map((line) => line.trim()))).toEqual(new Set(['sh docs/walk.sh']));
  expect(readFileSync(path.join(projectRoot(), 'app/demo/demo.int.test.ts'), 'utf8')).toContain(
    'docs/walk.sh',
  );
});
