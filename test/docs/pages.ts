import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

/** The pages for people, as paths from the root. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...pagesBelow('docs'),
  ...pagesBelow('examples'),
];

function pagesBelow(folder: string): string[] {
  const names = readdirSync(path.join(projectRoot(), folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
}

export const textOf = (page: string): string => readFileSync(path.join(projectRoot(), page), 'utf8');

/** A page's text without its code blocks: what is in those is shown, not referred to. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '');
}

/** What stands in backticks. */
export function spansOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
}

/** The command lines of a page: of its code blocks, and in backticks. A prompt, comments and what continues a line are left out. */
export function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```(?:sh|bash|console)\n(.*?)^```$/gms)].map(
    ([, block = '']) => block,
  );
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  return [...lines.map((line) => line.replace(/^\$ /, '').replace(/(^|\s)# .*/, '')), ...spansOf(markdown)];
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const headings = [...proseOf(markdown).matchAll(/^#{1,6} (.*)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
