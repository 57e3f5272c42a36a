import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTIONS } from './pools';

test('the manual states how many connections a role, a process and the platform may open', () => {
  const { health, reads, demandReads, progress, policies, leadership, projector, relay, dispatcher } =
    CONNECTIONS;
  const roles = {
    api: reads + demandReads + progress,
    availability: projector + relay,
    demand: projector,
    notices: projector + dispatcher,
    policies: policies + leadership,
  };
  const page = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8').replaceAll('\n', ' ');
  const each = Object.entries(roles).map(([role, connections]) => `\`${role}\` ${connections}`);
  const all = Object.values(roles).reduce((sum, connections) => sum + connections, 0);
  expect(page).toContain(`${each.join(', ')}, and ${health} for each process`);
  const sums = `${all + health} with all roles in one process, ${all + health * each.length} in five`;
  expect(page).toContain(sums);
});
