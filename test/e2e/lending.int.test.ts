import { ROLES } from '../../app/roles/roles';
import { LendingDesk } from './lending/desk';
import { lendingTests } from './lending/lending';
import { readingTests } from './lending/reading';
import { reservationTests } from './lending/reserving';
import { shelfTests } from './lending/shelf';

const LAYOUTS: [name: string, processes: string[][]][] = [
  ['all roles in one process', [[]]],
  ['each role in a process of its own', ROLES.map((role) => [role])],
  ['two processes for each role', [...ROLES, ...ROLES].map((role) => [role])],
];

describe.each(LAYOUTS)('the lending desk, with %s', (_, layout) => {
  const desk = new LendingDesk();
  beforeAll(() => desk.start(layout));
  afterAll(() => desk.stop());

  reservationTests(desk);
  lendingTests(desk);
  readingTests(desk);
  shelfTests(desk);
});
