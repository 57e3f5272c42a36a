import { createLogger } from '../logger';
import { createPool } from './pool';

const optionsOf = (url: string) =>
  createPool(url, createLogger('silent'), { settings: { search_path: 'views', synchronous_commit: 'off' } })
    .options.connectionString;

const KEEP_ALIVE = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4';

test('settings are added to those that the URL of the database has, which may change the usual ones', () => {
  const ours = '-c search_path=views -c synchronous_commit=off';
  const added = (url: string) => new URL(optionsOf(url)!).searchParams.get('options');
  expect(added('postgres://u:p@h/db')).toBe(`${KEEP_ALIVE} ${ours}`);
  expect(added('postgres://h/db?options=-c%20tcp_keepalives_idle%3D60')).toBe(
    `${KEEP_ALIVE} -c tcp_keepalives_idle=60 ${ours}`,
  );
});
