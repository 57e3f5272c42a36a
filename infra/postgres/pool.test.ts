import { createLogger } from '../logger';
import { createPool } from './pool';

const optionsOf = (url: string) =>
  createPool(url, createLogger('silent'), { settings: { search_path: 'views', synchronous_commit: 'off' } })
    .options.connectionString;

test('settings are added to those that the URL of the database has', () => {
  const ours = '-c search_path=views -c synchronous_commit=off';
  expect(new URL(optionsOf('postgres://u:p@h/db')!).searchParams.get('options')).toBe(ours);
  expect(new URL(optionsOf('postgres://h/db?options=-c%20work_mem%3D1MB')!).searchParams.get('options')).toBe(
    `-c work_mem=1MB ${ours}`,
  );
});
