import { readFileSync } from 'node:fs';
import { accessPage, ACCESS_PAGE } from './access-page';

test('docs/access.md is up to date', () => {
  expect(readFileSync(ACCESS_PAGE, 'utf8')).toBe(accessPage());
});

test('it has a row for each operation and page, with what each role gets', () => {
  const page = accessPage();
  expect(page).toContain('| `GET /v1/users/{userId}/reservations` | own | all | masked | – |');
  expect(page).toContain('| `GET /livez` | all | all | all | all |');
});
