import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

const textOf = (file: string) => readFileSync(path.join(projectRoot(), file), 'utf8');

test.each([
  ['python', 'examples/consumer.py', 'docs/tutorials/consumer.md'],
  ['java', 'examples/java/Consumer.java', 'docs/tutorials/consumer.md'],
  ['ts', 'examples/consumer.ts', 'docs/tutorials/consumer.md'],
  ['ts', 'examples/reserve.ts', 'docs/other-clients.md'],
  ['ts', 'examples/follow.ts', 'docs/other-clients.md'],
])('the manual shows the program in %s as it is tested: %s', (language, file, page) => {
  const programs = [...textOf(page).matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))];
  expect(programs.map(([, program]) => program)).toContain(textOf(file));
});
