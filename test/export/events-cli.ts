import { until } from '../../infra/event-log/conformance/harness';
import { createKafka, kafkaSettings } from '../../infra/kafka/client';
import { createLogger } from '../../infra/logger';
import { Cli, library, type CliResult } from '../cli';
import { createTestEnvironment, type TestEnvironment } from '../environment';

/** Records that no version of the events decodes: one without the framing, one with an unknown schema. */
export const UNDECODABLE = [
  { key: 'moby', value: Buffer.from('no event'), headers: {} },
  { key: 'moby', value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1]), headers: {} },
];

/** A row of `library events --format ndjson`. */
export interface Row extends Record<string, unknown> {
  readonly position: string;
  readonly partition: number;
  readonly type: string;
  readonly bookId: string;
  readonly data: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

/** The rows of the output. */
export const rowsIn = (stdout: string): Row[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

/** `library events` on the topics of one test environment. */
export class EventsCli {
  private constructor(
    readonly environment: TestEnvironment,
    readonly admin: Admin,
  ) {}

  static async open(): Promise<EventsCli> {
    const environment = await createTestEnvironment();
    const admin = createKafka(kafkaSettings(environment.config, 'test'), createLogger('silent')).admin();
    await admin.connect();
    return new EventsCli(environment, admin);
  }

  /** Starts the command. */
  start(...args: string[]): Cli {
    return new Cli(['events', ...args], this.environment.env);
  }

  /** Runs the command to its end. */
  run(...args: string[]): Promise<CliResult> {
    return library(this.environment.env, 'events', ...args);
  }

  /** The rows that the command writes. @throws {Error} with its stderr, when it fails */
  async rows(...args: string[]): Promise<Row[]> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
    return rowsIn(stdout);
  }

  /** The consumer groups of this environment but the tests' own: no role runs, so they would be the command's. */
  async groups() {
    const { TOPIC_PREFIX } = this.environment.config;
    const { groups } = await this.admin.listGroups();
    return groups.filter(({ groupId }) => groupId.startsWith(TOPIC_PREFIX) && !groupId.endsWith('.live'));
  }

  async close(): Promise<void> {
    await this.admin.disconnect();
    await this.environment.close();
  }
}

/** Stops reading the command's stdout, and resolves when the buffer on this side is full: backpressure then stops the command. */
export async function untilBlocked({ child }: Cli): Promise<void> {
  const stdout = child.stdout!;
  stdout.pause();
  await until(() => stdout.readableLength >= stdout.readableHighWaterMark, 'stdout to be full');
}
