import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

const textOf = (file: string) => readFileSync(path.join(projectRoot(), file), 'utf8');

test.each([
  ['python', 'examples/consumer.py'],
  ['ts', 'examples/consumer.ts'],
])('the manual shows the program in %s as it is tested: %s', (language, file) => {
  const page = textOf('docs/tutorials/consumer.md');
  expect(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1]).toBe(textOf(file));
});
