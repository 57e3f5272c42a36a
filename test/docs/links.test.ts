import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { anchorsOf, PAGES, proseOf, spansOf, textOf } from './pages';

/** The top-level folders: a path in backticks that begins with one of them must exist. */
const FOLDERS = [
  'app',
  'bench',
  'consumer',
  'data',
  'docs',
  'examples',
  'faults',
  'infra',
  'producer',
  'schemas',
  'test',
];

/** The targets of a page's links, but for those to other sites. */
function targetsOf(markdown: string): string[] {
  const targets = [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The targets of relative links, without their anchors. */
function linksOf(markdown: string): string[] {
  return targetsOf(markdown).flatMap((target) => target.split('#', 1)[0] || []);
}

/** The links to a heading that the page they lead to does not have. */
function lostAnchorsOf(page: string, markdown: string): string[] {
  return targetsOf(markdown).filter((target) => {
    const [file, anchor] = target.split('#');
    if (anchor === undefined || (file && !file.endsWith('.md'))) return false;
    const headings = file ? textOf(path.join(path.dirname(page), file)) : markdown;
    return !anchorsOf(headings).includes(anchor);
  });
}

/** The paths in backticks that begin with a top-level folder. Globs, placeholders and command lines are left out. */
function pathsOf(markdown: string): string[] {
  return spansOf(markdown).filter(
    (span) => FOLDERS.includes(span.split('/', 1)[0] ?? '') && /^[^\s*<…]+\/[^\s*<…]*$/.test(span),
  );
}

test('links and paths are found in the prose of a page, and nowhere else', () => {
  const page = [
    'See [the page](docs/a.md), [a part](#part), [a site](https://example.org) and `app/cli/main.ts`.',
    '`consumer/views/<view>/`, `test/*.ts`, `infra`, `app/main.ts --help` and `dist/app` are no paths.',
    '```',
    '[no link](b.md) `app/none.ts`',
    '```',
  ].join('\n');
  expect(linksOf(page)).toEqual(['docs/a.md']);
  expect(pathsOf(page)).toEqual(['app/cli/main.ts']);
  expect(lostAnchorsOf('README.md', `# Part\n${page}`)).toEqual([]);
  expect(lostAnchorsOf('README.md', page)).toEqual(['#part']);
});

test.each(PAGES)('%s: every relative link and every path leads to what exists', (page) => {
  const markdown = textOf(page);
  const targets = [
    ...linksOf(markdown).map((link) => path.join(path.dirname(page), link)),
    ...pathsOf(markdown),
  ];
  expect(targets.filter((target) => !existsSync(path.join(projectRoot(), target)))).toEqual([]);
  expect(lostAnchorsOf(page, markdown)).toEqual([]);
});
