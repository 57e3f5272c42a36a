import { createHash } from 'node:crypto';
import { Counter, type Registry } from 'prom-client';
import { Follower } from '../../infra/event-log/follower';
import type { Log, LogBatch } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { MaybeRecordedError, NotRecordedError, type Writer } from '../writer/writer';
import { ClaimTable } from './claim-table';

/** How long to wait before the topic is read again after a failure. */
const RESTART_PAUSE_MS = 1_000;

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

/** 128 bits: even among a billion billion keys a collision is unlikely. */
const digestOf = (text: string) => createHash('sha256').update(text).digest().toString('base64url', 0, 16);

/**
 * Claims kept on a topic of their own. Retries, restarts and other instances see them, and nothing but Kafka is needed.
 *
 * A request appends its claim and waits until the claim has been read back. By then every earlier claim of the key has
 * been read too, and the first one owns the key. A key that is in memory already costs no write.
 *
 * While reading is behind or down, requests proceed unchecked. IDs are derived from the request, so a repeat still has no
 * second effect; only the reuse of a key for another request goes undetected.
 */
export class TopicClaims implements Claims {
  private readonly table: ClaimTable;
  private readonly follower: Follower;
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
    const handle = (batch: LogBatch) => this.apply(batch);
    this.follower = new Follower({ log, topic, logger, history: capacity, pause: RESTART_PAUSE_MS, handle });
  }

  async claim(key: string, meaning: string): Promise<boolean> {
    const hash = digestOf(key);
    const fingerprint = digestOf(meaning);
    const known = this.table.ownerOf(hash);
    if (known !== undefined) return known === fingerprint;
    const value = Buffer.from(fingerprint, 'latin1');
    const position = await this.options.writer.write({ key: hash, value, headers: {} });
    this.note(await this.follower.reaches(position, this.patience));
    return (this.table.ownerOf(hash) ?? fingerprint) === fingerprint;
  }

  /**
   * Resolves with true once the newest claims have been read: from then on keys are checked. Verifies the round trip: it
   * writes a record that claims nothing and waits until that has been read back.
   * @param timeout in milliseconds; false when it takes longer
   */
  async ready(timeout: number): Promise<boolean> {
    try {
      const position = await this.options.writer.write({ key: '', value: Buffer.alloc(0), headers: {} });
      return await this.follower.reaches(position, timeout);
    } catch (error) {
      if (error instanceof NotRecordedError || error instanceof MaybeRecordedError) return false;
      throw error;
    }
  }

  /** Stops reading. The writer is left open: it belongs to the caller. */
  close(): Promise<void> {
    return this.follower.close();
  }

  private apply({ records }: LogBatch): void {
    for (const { key, value } of records)
      if (key?.length && value) this.table.apply(key.toString('latin1'), value.toString('latin1'));
  }

  /** Counts requests that were not checked, and logs when that begins and ends. */
  private note(checked: boolean): void {
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
