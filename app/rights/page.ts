/** Writes the tables of rights into `docs/security.md`; with `--check` it only reports whether they are up to date. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { makePage } from '../../infra/made-page';
import { topicNames, type Topics } from '../../schemas/topics';
import { COMMAND_PRINCIPALS, databaseUserOf } from './credentials';
import { KAFKA_RIGHTS, kafkaUser, PRINCIPALS, type Principal } from './rights';
import { DATABASE_ROLES, databaseUser, privilegesOn, TABLES } from './table-rights';

const PAGE = join(projectRoot(), 'docs', 'security.md');
const BEGIN = '<!-- made by npm run generate from app/rights/ -->';
const END = '<!-- end -->';

function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), `|${'---|'.repeat(heading.length)}`, ...rows.map(line)].join('\n');
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' ');
const listed = (operations: readonly string[]) => (operations.length === 0 ? '–' : operations.join(', '));

/** What everybody may see who makes sure of the topics at the start is told once, and not in each cell. */
function cell(principal: Principal, topic: keyof Topics): string {
  const operations: readonly string[] = KAFKA_RIGHTS[principal].topics[topic];
  const told = operations.filter((operation) => !operation.startsWith('DESCRIBE'));
  if (told.length > 0) return told.join(', ').toLowerCase();
  return operations.length > 0 ? 'see' : '–';
}

function commandsOf(principal: Principal): string[] {
  const commands = Object.entries(COMMAND_PRINCIPALS).filter(([, of]) => of === principal);
  return commands.map(([command]) => command);
}

function whatFor(principal: Principal): string {
  if (principal === 'deployer') return '`npm run -s deploy`';
  const commands = commandsOf(principal);
  return commands.length > 0 ? `\`library\` ${code(commands)}` : `the role \`${principal}\``;
}

/** The tables. */
function rightsTables(): string {
  const names = topicNames('library');
  const topics = Object.keys(names) as (keyof Topics)[];
  const who = tableOf(
    ['principal', 'is', 'Kafka', 'Postgres', 'consumer group', 'cluster'],
    PRINCIPALS.map((principal) => {
      const { group, cluster } = KAFKA_RIGHTS[principal];
      const users = [kafkaUser(principal), databaseUserOf(principal)].map((user) => code([user]));
      return [
        principal,
        whatFor(principal),
        ...users,
        group ? code([`library.${group}`]) : '–',
        listed(cluster).toLowerCase(),
      ];
    }),
  );
  const kafka = tableOf(
    ['topic', ...PRINCIPALS],
    topics.map((topic) => [code([names[topic]]), ...PRINCIPALS.map((principal) => cell(principal, topic))]),
  );
  const postgres = tableOf(
    ['table', ...DATABASE_ROLES.map((role) => code([databaseUser(role)]))],
    TABLES.map((table) => [
      code([table]),
      ...DATABASE_ROLES.map((role) => listed(privilegesOn(table, role)).toLowerCase()),
    ]),
  );
  return [who, kafka, postgres].join('\n\n');
}

/** The page with the tables as they are now. */
function withTables(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined)
    throw new Error(`${PAGE} has no place for the tables of rights: ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${rightsTables()}\n\n${END}${after}`;
}

makePage(PAGE, withTables(readFileSync(PAGE, 'utf8')), 'the tables of rights');
