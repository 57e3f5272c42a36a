import { stepsOf } from './page';

test('a page is read as its changes and its commands, in order, each with what it prints', () => {
  const page = [
    'Words.',
    '```diff\n+a line\n```',
    '```sh\nnot=looked-at\n```',
    '```console\n$ first\nprints\n  two lines\n$ second\n```',
  ].join('\n\n');
  expect(stepsOf(page)).toEqual([
    { kind: 'change', diff: '+a line\n' },
    { kind: 'command', command: 'first', prints: 'prints\n  two lines' },
    { kind: 'command', command: 'second', prints: '' },
  ]);
});
