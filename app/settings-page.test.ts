import { readFileSync } from 'node:fs';
import { VARIABLES } from './config';
import { SETTINGS } from './local-system/settings';
import { SETTINGS_PAGE, settingsPage } from './settings-page';

const rows = new Map(
  settingsPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ') as [string, string, string])
    .map(([name, fallback, text]) => [/`(.*)`/.exec(name)![1], { fallback, text }]),
);

test('docs/settings.md is up to date', () => {
  expect(readFileSync(SETTINGS_PAGE, 'utf8')).toBe(settingsPage());
});

test.each([...VARIABLES, ...SETTINGS])('%s is described', (name) => {
  expect(rows.get(name)?.text).toMatch(/[a-z]{3}/);
  expect(rows.get(name)?.text).not.toMatch(/^\(/);
});

test('defaults and forms are those of the schemas', () => {
  expect(rows.get('PICKUP_WINDOW')).toMatchObject({
    fallback: '`7d`',
    text: expect.stringContaining('3650d'),
  });
  expect(rows.get('HTTP_PORT')).toMatchObject({ fallback: '`3000`' });
  expect(rows.get('LOG_LEVEL')).toMatchObject({
    fallback: '`info`',
    text: expect.stringContaining('`silent`'),
  });
  expect(rows.get('KAFKA_SSL')).toMatchObject({ fallback: '`false`' });
  expect(rows.get('RATE_LIMIT')).toMatchObject({ fallback: '' });
});
