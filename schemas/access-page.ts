/** Writes `docs/access.md` from the table of access; with `--check` it only reports whether that is up to date. */
import { join } from 'node:path';
import { schemasFolder } from './files';
import { ACCESS, PAGE_ACCESS } from './access';
import { makePage } from '../infra/made-page';

const HEAD = `# Who may do what

Made by \`npm run generate\` from the table in [access.ts](../schemas/access.ts), which the API, its OpenAPI document and the tests read.
How callers authenticate: [README](../README.md#who-may-do-what). Why it is so: [decision 0023](decisions/0023-access.md).

Where \`AUTH\` is \`none\`, everybody may do everything. Else, without valid credentials the answer is 401; where the role has no
access, 403.

| | |
|---|---|
| all | everything, of everybody |
| own | what is the caller's own. Another's reservation is answered 404, as one that there is not; another's list, or acting for another, 403. \`/v1/events\` streams only what is the caller's own |
| masked, patron | everything, with \`userId\`, \`reservationId\` and \`copyId\` of other people's reservations null (of copies: \`userId\` and \`reservationId\`), and \`data\` in the history without them |
| masked, analyst | everything, with every \`userId\` null, and reasons of dead letters without what they quote |
| – | no access |
`;

const COLUMNS = ['patron', 'staff', 'analyst', 'anonymous'] as const;

function rowOf(name: string, access: (typeof ACCESS)[keyof typeof ACCESS]): string {
  const cells = COLUMNS.map((role) => (access[role] === 'none' ? '–' : access[role]));
  return `| \`${name}\` | ${cells.join(' | ')} |`;
}

/** The page. */
export function accessPage(): string {
  const heading = `| | ${COLUMNS.join(' | ').replace('anonymous', 'without credentials')} |\n|---|${'---|'.repeat(COLUMNS.length)}`;
  const operations = Object.entries(ACCESS).map(([name, access]) => rowOf(name, access));
  const pages = Object.entries(PAGE_ACCESS).map(([path, access]) => rowOf(`GET ${path}`, access));
  return [
    HEAD,
    `## Operations\n\n${[heading, ...operations].join('\n')}\n`,
    `## Pages\n\nHealth, figures and documentation. On \`OPS_PORT\` they are open to all: keep it from the public.\n\n${[heading, ...pages].join('\n')}\n`,
  ].join('\n');
}

export const ACCESS_PAGE = join(schemasFolder(), '..', 'docs', 'access.md');

if (require.main === module) makePage(ACCESS_PAGE, accessPage(), 'the table of access');
