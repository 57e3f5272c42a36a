import type { CommandOf } from './command';

/** A command of the command line. Its code is loaded when it is run: most of it is slow to load, and only one is run. */
export interface ListedCommand {
  readonly name: string;
  /** For the list of all commands. */
  readonly summary: string;
  load(): Promise<CommandOf>;
}

export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'events',
    summary: 'events of the stream as rows',
    load: async () => (await import('./commands/events.js')).eventsCommand,
  },
  {
    name: 'sql',
    summary: 'SQL over the stream and the views',
    load: async () => (await import('./commands/sql.js')).sqlCommand,
  },
  {
    name: 'rebuild',
    summary: 'make a view anew from the stream, and swap it in',
    load: async () => (await import('./commands/rebuild.js')).rebuildCommand,
  },
  {
    name: 'as-of',
    summary: 'all views as they were, in a schema of their own',
    load: async () => (await import('./commands/as-of.js')).asOfCommand,
  },
  {
    name: 'verify',
    summary: 'whether the live views are what the stream says',
    load: async () => (await import('./commands/verify.js')).verifyCommand,
  },
  {
    name: 'forget',
    summary: 'take a person out of the views and of all that is made of the stream',
    load: async () => (await import('./commands/forget.js')).forgetCommand,
  },
  {
    name: 'dead-letters',
    summary: 'what the views could not take, and what becomes of it',
    load: async () => (await import('./commands/dead-letters.js')).deadLettersCommand,
  },
  {
    name: 'notices',
    summary: 'what readers are sent, to look at it',
    load: async () => (await import('./commands/notices.js')).noticesCommand,
  },
  {
    name: 'lag',
    summary: 'how many records each consumer has not read yet',
    load: async () => (await import('./commands/lag.js')).lagCommand,
  },
  {
    name: 'backup',
    summary: 'copy all topics into a folder',
    load: async () => (await import('./commands/backup.js')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'make the topics from a backup, at the same positions',
    load: async () => (await import('./commands/restore.js')).restoreCommand,
  },
];
