import { createHash } from 'node:crypto';
import { Counter, type Registry } from 'prom-client';
import type { Log, LogRecord } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { MaybeRecordedError, NotRecordedError, type Writer } from '../writer/writer';
import { ClaimTable } from './claim-table';
import { Tail } from './tail';

/** Decides which request an idempotency key belongs to: the first that claimed it, on whichever instance. */
export interface Claims {
  /**
   * Claims a key for a request.
   * @param key the idempotency key, with its key space
   * @param meaning the content of the request: requests with the same meaning may share a key
   * @returns false when the key belongs to another request
   * @throws {NotRecordedError | MaybeRecordedError} when the claim could not be recorded
   */
  claim(key: string, meaning: string): Promise<boolean>;
}

export interface ClaimsOptions {
  readonly log: Log;
  /** Writes to the topic of the claims. */
  readonly writer: Writer;
  readonly topic: string;
  readonly logger: Logger;
  readonly registry: Registry;
  /** How many keys are kept in memory, and read at start. */
  readonly capacity?: number;
  /** How long to wait until a claim has been read back, in milliseconds. */
  readonly patience?: number;
}

/** 128 bits: a collision is improbable even among 10^18 keys. */
const digestOf = (text: string) => createHash('sha256').update(text).digest().toString('base64url', 0, 16);

/**
 * Claims on a topic of their own: retries, restarts and other instances see them, and no other store is needed.
 *
 * A request appends its claim and waits until it has read it back. By then it has read every earlier claim of the key
 * too, and the first one owns the key. Keys that are in memory already cost no write.
 *
 * Where the reader is behind or down, the request proceeds unchecked. IDs are derived from the request, so a repeat has
 * no second effect even then; only the reuse of a key for another request is not detected.
 */
export class TopicClaims implements Claims {
  private readonly table: ClaimTable;
  private readonly tail: Tail;
  private readonly unchecked: Counter;
  private readonly patience: number;
  private checking = true;

  constructor(private readonly options: ClaimsOptions) {
    const { log, topic, logger, registry, capacity = 200_000, patience = 1_000 } = options;
    this.patience = patience;
    this.table = new ClaimTable(capacity);
    this.unchecked = new Counter({
      name: 'idempotency_unchecked_total',
      help: 'Requests whose Idempotency-Key could not be checked for reuse.',
      registers: [registry],
    });
    const apply = (record: LogRecord) => this.apply(record);
    this.tail = new Tail({ log, topic, logger, history: capacity, pause: 1_000, apply });
  }

  async claim(key: string, meaning: string): Promise<boolean> {
    const hash = digestOf(key);
    const fingerprint = digestOf(meaning);
    const known = this.table.ownerOf(hash);
    if (known !== undefined) return known === fingerprint;
    const value = Buffer.from(fingerprint, 'latin1');
    const position = await this.options.writer.write({ key: hash, value, headers: {} });
    this.report(await this.tail.reach(position, this.patience));
    return (this.table.ownerOf(hash) ?? fingerprint) === fingerprint;
  }

  /**
   * Resolves with true once the newest claims have been read: from then on keys are checked. It tests the whole path by
   * writing a record that claims nothing and reading it back.
   * @param timeout in milliseconds; false when it takes longer
   */
  async ready(timeout: number): Promise<boolean> {
    try {
      const position = await this.options.writer.write({ key: '', value: Buffer.alloc(0), headers: {} });
      return await this.tail.reach(position, timeout);
    } catch (error) {
      if (error instanceof NotRecordedError || error instanceof MaybeRecordedError) return false;
      throw error;
    }
  }

  /** Stops reading. The writer stays open: its creator closes it. */
  close(): Promise<void> {
    return this.tail.close();
  }

  private apply({ key, value }: LogRecord): void {
    if (key?.length && value) this.table.apply(key.toString('latin1'), value.toString('latin1'));
  }

  /** Counts unchecked claims, and logs when that begins and ends. */
  private report(checked: boolean): void {
    if (!checked) this.unchecked.inc();
    if (checked === this.checking) return;
    this.checking = checked;
    const { logger, topic } = this.options;
    if (checked) logger.info({ topic }, 'idempotency keys are checked again');
    else
      logger.warn(
        { topic },
        'idempotency keys are not checked for reuse: their topic cannot be read in time',
      );
  }
}
