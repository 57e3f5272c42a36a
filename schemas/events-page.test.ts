import { readFileSync } from 'node:fs';
import { eventsPage, EVENTS_PAGE } from './events-page';
import { LIBRARY_EVENT_TYPES, OUTCOME_TYPES } from './generated/events';

test('docs/events.md is up to date', () => {
  expect(readFileSync(EVENTS_PAGE, 'utf8')).toBe(eventsPage());
});

test('it has every event, with the types and the meaning of its fields', () => {
  for (const type of [...LIBRARY_EVENT_TYPES, ...OUTCOME_TYPES])
    expect(eventsPage()).toContain(`\n### ${type}\n`);
  expect(eventsPage()).toContain('| `authors` | list of string |');
  expect(eventsPage()).toMatch(/\| `pickupBy` \| timestamp-millis, or null \| The window that ended/);
});
