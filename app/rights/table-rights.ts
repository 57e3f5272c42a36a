/** Who a process is to Postgres. Whoever migrates owns everything: deployments, and commands that rebuild or rewrite views. */
export const DATABASE_ROLES = ['api', 'availability', 'demand', 'notices', 'policies', 'analyst'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** The name of a role in Postgres, which belongs to the whole server. */
export const databaseUser = (role: DatabaseRole | 'migrator'): string => `library_${role}`;

export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
export const PRIVILEGES: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

type Row = Partial<Readonly<Record<DatabaseRole, readonly Privilege[]>>>;

const SELECT = ['SELECT'] as const;
const KEEP = ['SELECT', 'INSERT', 'UPDATE'] as const;
const ALL = PRIVILEGES;

/** Where each stands, and what it has set aside. */
const OF_CONSUMERS = { availability: KEEP, demand: KEEP, notices: KEEP, analyst: SELECT } as const;

/** Each table of the schema `library`. */
export const TABLE_RIGHTS = {
  books: { availability: KEEP, api: SELECT, analyst: SELECT },
  copies: { availability: KEEP, api: SELECT, analyst: SELECT },
  reservations: { availability: KEEP, api: SELECT, policies: SELECT, analyst: SELECT },
  history: { availability: ['SELECT', 'INSERT'], api: SELECT, analyst: SELECT },
  pickup_windows: { availability: KEEP },
  outbox: { availability: ALL, api: SELECT },
  outbox_set_aside: { availability: KEEP },
  demand_daily: { demand: KEEP, api: SELECT, analyst: SELECT },
  demand_state: { demand: ALL },
  demand_ids: { demand: ['SELECT', 'INSERT'] },
  notices: { notices: KEEP, analyst: SELECT },
  progress: { ...OF_CONSUMERS, api: SELECT, policies: SELECT },
  dead_letters: { ...OF_CONSUMERS, api: SELECT },
  held_books: { ...OF_CONSUMERS, api: SELECT, policies: SELECT },
} as const satisfies Readonly<Record<string, Row>>;

/** Of these a consumer writes the rows alone that name it in the column `consumer`. */
export const SHARED_TABLES = [
  'progress',
  'dead_letters',
  'held_books',
] as const satisfies readonly TableName[];

export type TableName = keyof typeof TABLE_RIGHTS;
export const TABLES = Object.keys(TABLE_RIGHTS) as TableName[];

/** What a role may do with a table. */
export function privilegesOn(table: TableName, role: DatabaseRole): readonly Privilege[] {
  const row: Row = TABLE_RIGHTS[table];
  return row[role] ?? [];
}
