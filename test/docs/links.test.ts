import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

/** The top-level folders: a path in backticks that begins with one of them must exist. */
const FOLDERS = ['app', 'bench', 'consumer', 'data', 'docs', 'infra', 'producer', 'schemas', 'test'];
const PAGES = ['README.md', 'CONTRIBUTING.md', ...pagesBelow('docs')];

function pagesBelow(folder: string): string[] {
  const names = readdirSync(path.join(projectRoot(), folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
}

/** A page's text without its code blocks: what is in those is shown, not referred to. */
function proseOf(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '');
}

/** The targets of a page's relative links, without their anchors. */
function linksOf(markdown: string): string[] {
  const targets = [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^([a-z]+:|#)/.test(target)).map((target) => target.replace(/#.*/, ''));
}

/** The paths in backticks that begin with a top-level folder. Globs, placeholders and command lines are left out. */
function pathsOf(markdown: string): string[] {
  const spans = [...proseOf(markdown).matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return spans.filter(
    (span) => FOLDERS.includes(span.split('/', 1)[0] ?? '') && /^[^\s*<…]+\/[^\s*<…]*$/.test(span),
  );
}

test('links and paths are found in the prose of a page, and nowhere else', () => {
  const page = [
    'See [the page](docs/a.md#part), [a part](#part), [a site](https://example.org) and `app/cli/main.ts`.',
    '`consumer/views/<view>/`, `test/*.ts`, `infra`, `app/main.ts --help` and `dist/app` are no paths.',
    '```',
    '[no link](b.md) `app/none.ts`',
    '```',
  ].join('\n');
  expect(linksOf(page)).toEqual(['docs/a.md']);
  expect(pathsOf(page)).toEqual(['app/cli/main.ts']);
});

test.each(PAGES)('%s: every relative link and every path leads to what exists', (page) => {
  const markdown = readFileSync(path.join(projectRoot(), page), 'utf8');
  const targets = [
    ...linksOf(markdown).map((link) => path.join(path.dirname(page), link)),
    ...pathsOf(markdown),
  ];
  expect(targets.filter((target) => !existsSync(path.join(projectRoot(), target)))).toEqual([]);
});
