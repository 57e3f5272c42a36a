import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Counter, Registry } from 'prom-client';
import { withDeadline } from '../../infra/deadline';
import { Follower } from '../../infra/event-log/follower';
import type { Log, LogBatch } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { MaybeRecordedError, NotRecordedError, type Writer } from '../writer/writer';
import { ClaimTable, DIGEST_BYTES } from './claim-table';
import { uncheckedCounter } from './metrics';

/** How long to wait before the topic is read, or tried, again after a failure. */
const RESTART_PAUSE_MS = 1_000;

/** About 33 MB when it is full; an API that is given few keys takes next to nothing. */
const CAPACITY = 1_000_000;
/** So many take a second or two: a start must not wait for more. */
const READ_AT_START = 250_000;

/** A request with an idempotency key. */
export interface ClaimingRequest {
  /** The idempotency key, with its key space. */
  readonly key: string;
  /** The content of the request: requests with the same meaning may share a key. */
  readonly meaning: string;
  /** Whether the event of the request was recorded before: it is sent again then. May fail, or take long. */
  wasRecorded(): Promise<boolean>;
}

/** Decides which request an idempotency key belongs to: the first that claimed it, on whichever instance. */
export interface Claims {
  /**
   * Claims a key for a request. What cannot be checked is granted.
   * @param deadline until when the request must be recorded, on the clock of `performance.now`: claiming takes a part of that
   * @returns false when the key belongs to another request
   */
  claim(request: ClaimingRequest, deadline: number): Promise<boolean>;
}

export interface ClaimsOptions {
  readonly log: Log;
  /** Writes to the topic of the claims. */
  readonly writer: Writer;
  readonly topic: string;
  readonly logger: Logger;
  readonly registry: Registry;
  /** How many keys are kept in memory. */
  readonly capacity?: number;
  /** How many claims are read at start, at most. */
  readonly history?: number;
  /** How long a claim may take until it has been read back, in milliseconds. */
  readonly patience?: number;
}

/** 128 bits: even among a billion billion keys a collision is unlikely. */
const digestOf = (text: string) => createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
const textOf = (digest: Buffer) => digest.toString('base64url');
const digestIn = (text: Buffer) => Buffer.from(text.toString('latin1'), 'base64url');

/** The value of a record that claims nothing and says that requests before it went unchecked, and left no claim. */
const GAP = Buffer.from('gap');
const NOTHING = Buffer.alloc(0);

/**
 * Claims kept on a topic of their own. Retries, restarts and other instances see them, and nothing but Kafka is needed.
 *
 * A request appends its claim and waits until the claim has been read back. By then every earlier claim of the key has
 * been read too, and the first one owns the key. A key that is in memory already costs no write.
 *
 * While the topic cannot be written or read, requests proceed unchecked, and all but the first do not wait. IDs are derived from the
 * request, so a repeat still has no second effect; only the reuse of a key for another request goes undetected.
 *
 * That the table names another owner proves reuse only while it holds every claim that was ever made. Else the key may have
 * belonged to this request before its claim was forgotten: then the request is refused only if it was not recorded before.
 */
export class TopicClaims implements Claims {
  private readonly table: ClaimTable;
  private readonly follower: Follower;
  private readonly unchecked: Counter;
  private readonly patience: number;
  private readonly closing = new AbortController();
  /** Where the next batch of claims is to begin, if none is missing. */
  private next = 0;
  private hasGaps = false;
  /** Set while claims cannot be recorded: tries until they can. */
  private recovery: Promise<void> | undefined;

  constructor(private readonly options: ClaimsOptions) {
    const { log, topic, logger, registry, capacity = CAPACITY, patience = 1_000 } = options;
    const history = Math.min(options.history ?? READ_AT_START, capacity);
    this.patience = patience;
    this.table = new ClaimTable(capacity);
    this.unchecked = uncheckedCounter(registry);
    const handle = (batch: LogBatch) => this.apply(batch);
    this.follower = new Follower({ log, topic, logger, history, pause: RESTART_PAUSE_MS, handle });
  }

  async claim({ key, meaning, wasRecorded }: ClaimingRequest, deadline: number): Promise<boolean> {
    const hash = digestOf(key);
    const request = digestOf(meaning);
    let isOwner = this.table.isOwnedBy(hash, request);
    if (isOwner === undefined) {
      if (!(await this.record(hash, request, deadline))) return this.grantUnchecked();
      isOwner = this.table.isOwnedBy(hash, request) ?? true;
    }
    if (isOwner || this.isComplete) return isOwner;
    // Sent again, it had the key first; where that cannot be known, it may have had.
    return withDeadline(this.share(deadline), wasRecorded).catch(() => this.grantUnchecked());
  }

  /**
   * Resolves with true once the newest claims have been read: from then on keys are checked. Verifies the round trip: it
   * writes a record that claims nothing and waits until that has been read back.
   * @param timeout in milliseconds; false when it takes longer
   */
  ready(timeout: number): Promise<boolean> {
    return this.roundTrip('', NOTHING, performance.now() + timeout);
  }

  /** Stops reading. The writer is left open: it belongs to the caller. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([this.follower.close(), this.recovery]);
  }

  /** Whether the table holds every claim that was ever made: the owner that it names was the first. */
  private get isComplete(): boolean {
    return !this.hasGaps && !this.table.hasEvicted;
  }

  /** How much of its time a request may spend here, in milliseconds: its event is still to be written. */
  private share(deadline: number): number {
    return Math.min(this.patience, (deadline - performance.now()) / 2);
  }

  /** @returns false when the claim may not be in the table */
  private async record(key: Buffer, request: Buffer, deadline: number): Promise<boolean> {
    if (this.recovery) return false;
    const until = performance.now() + this.share(deadline);
    const isRecorded = await this.roundTrip(textOf(key), Buffer.from(textOf(request)), until);
    if (!isRecorded) this.recovery ??= this.recover();
    return isRecorded;
  }

  /** Writes a record and waits until it has been read back. @returns false when that takes longer, or fails */
  private async roundTrip(key: string, value: Buffer, deadline: number): Promise<boolean> {
    try {
      const position = await this.options.writer.write({ key, value, headers: {} }, deadline);
      return await this.follower.reaches(position, Math.max(0, deadline - performance.now()));
    } catch (error) {
      if (error instanceof NotRecordedError || error instanceof MaybeRecordedError) return false;
      throw error;
    }
  }

  /** Tries until claims can be recorded again, and tells all instances that some may be missing. */
  private async recover(): Promise<void> {
    const { logger, topic } = this.options;
    const { signal } = this.closing;
    logger.warn({ topic }, 'idempotency keys are not checked for reuse: their topic cannot be used in time');
    while (!(await this.roundTrip('', GAP, performance.now() + this.patience))) {
      await delay(RESTART_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    this.recovery = undefined;
    logger.info({ topic }, 'idempotency keys are checked again');
  }

  private apply({ fromOffset, nextOffset, records }: LogBatch): void {
    if (fromOffset > this.next) this.hasGaps = true;
    this.next = nextOffset;
    for (const { key, value } of records) {
      if (!key || !value) continue;
      if (key.length === 0 && value.equals(GAP)) this.hasGaps = true;
      const [digest, request] = [digestIn(key), digestIn(value)];
      if (digest.length === DIGEST_BYTES && request.length === DIGEST_BYTES)
        this.table.apply(digest, request);
    }
  }

  private grantUnchecked(): true {
    this.unchecked.inc();
    // It left no claim, so another request may own the key before it is sent again.
    this.hasGaps = true;
    return true;
  }
}
