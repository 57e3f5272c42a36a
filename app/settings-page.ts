/** Writes `docs/settings.md` from the schemas of the settings; with `--check` it only reports whether that is up to date. */
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../infra/local/run';
import { makePage } from '../infra/made-page';
import { environment } from './config';
import { localEnvironment } from './local-system/settings';

const HEAD = `# Settings

Made by \`npm run generate\` from the schemas that read them (\`environment\` in [config.ts](../app/config.ts)).

All settings are environment variables; \`make\`, \`npm start\`, \`npm run deploy\` and \`library\` also read the file \`.env\` in the
project's folder, and the environment has precedence. Durations are a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`. A variable that is set but
blank, out of its range or not of its form stops the start, with a message that names it and says what it should be.
`;

const LOCAL = `
\`make up\` keeps what it was told for the next time: \`make up HTTP_PORT=4000\`, and later \`make up\` alone, is the same system. It says what it
keeps, what is different and which roles start again for it; \`make up KEEP=no\` forgets it, and so does \`make reset\`.
`;

type Variables = Readonly<Record<string, z.ZodType>>;

/** Sections, by how the names of their variables begin; what is left over is in the last one. */
const SECTIONS: readonly (readonly [title: string, names: RegExp])[] = [
  ['Kafka', /^(KAFKA_|REPLICATION_|TOPIC_)/],
  ['Schema registry', /^SCHEMA_REGISTRY_/],
  ['Postgres', /^(DATABASE_URL|STATEMENT_TIMEOUT)$/],
  ['HTTP', /^(HTTP_|API_PROCESSES|OPS_|ALLOWED_HOSTS|CORS_|TRUSTED_|LIVE_|RATE_)/],
  ['Who may call', /^(AUTH|API_TOKENS)/],
  ['The rules', /^(PICKUP_WINDOW|MAX_OPEN_RESERVATIONS)$/],
  ['Notices', /^NOTICE_/],
  ['Writing', /^WRITE_/],
  ['Everything else', /^/],
];

interface Described {
  readonly description?: string;
  readonly form?: string;
  readonly default?: unknown;
}

function rowOf(name: string, schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described;
  const { description = '', form } = json;
  const fallback = json.default ?? (schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined);
  const shown = fallback === undefined ? '' : `\`${String(fallback)}\``;
  return `| \`${name}\` | ${shown} | ${[description, form && `(${form})`].filter(Boolean).join(' ')} |`;
}

function table(variables: Variables, names: readonly string[]): string {
  return [
    '| variable | default | |',
    '|---|---|---|',
    ...names.map((name) => rowOf(name, variables[name]!)),
  ].join('\n');
}

/** The page. */
export function settingsPage(
  variables: Variables = environment,
  local: Variables = localEnvironment,
): string {
  const left = new Set(Object.keys(variables));
  const sections = SECTIONS.map(([title, pattern]) => {
    const names = [...left].filter((name) => pattern.test(name));
    for (const name of names) left.delete(name);
    return names.length === 0 ? '' : `\n## ${title}\n\n${table(variables, names)}\n`;
  });
  const own = `\n## make up and its companions\n${LOCAL}\n${table(local, Object.keys(local))}\n`;
  return [HEAD, ...sections, own].join('');
}

export const SETTINGS_PAGE = path.join(projectRoot(), 'docs/settings.md');

if (require.main === module) makePage(SETTINGS_PAGE, settingsPage(), 'the settings');
