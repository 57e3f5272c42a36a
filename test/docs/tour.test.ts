import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

const TOUR = path.join(projectRoot(), 'docs/tour.md');

/** The steps, paragraphs and rows of the page: the symbols of one are those of the files that it links to. */
function passagesOf(markdown: string): string[] {
  return markdown.split(/\n\n|\n(?=\d+\. |\|)/);
}

function filesOf(passage: string): string[] {
  const targets = [...passage.matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) => target);
  return targets.map((target) => path.join(path.dirname(TOUR), target));
}

/** Names in backticks as code has them: one word, no path, no option. */
function symbolsOf(passage: string): string[] {
  const spans = [...passage.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return spans.filter((span) => /^[A-Za-z_]\w*$/.test(span));
}

/** The symbols of a passage that none of its files has. */
function missingIn(passage: string): string[] {
  const files = filesOf(passage).filter((file) => existsSync(file) && statSync(file).isFile());
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  return symbolsOf(passage).filter((symbol) => !new RegExp(`\\b${symbol}\\b`).test(text));
}

const passages = passagesOf(readFileSync(TOUR, 'utf8'));

test('every symbol of the tour stands in a file that the same passage links to', () => {
  // Not a symbol: the method of HTTP.
  const missing = passages.flatMap(missingIn).filter((symbol) => symbol !== 'GET');
  expect(missing).toEqual([]);
});

test('the tour names many symbols and files, and notices one that is gone', () => {
  expect(passages.flatMap(symbolsOf).length).toBeGreaterThan(40);
  expect(passages.flatMap(filesOf).length).toBeGreaterThan(60);
  expect(missingIn('[decide.ts](../consumer/domain/decide.ts) (`decide`, `gone`)')).toEqual(['gone']);
});
