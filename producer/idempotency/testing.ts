import { Registry } from 'prom-client';
import { silent } from '../../infra/http/testing';
import type { Log } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { GroupCommitWriter } from '../writer/group-commit-writer';
import type { Writer } from '../writer/writer';
import { TopicClaims, type Claims, type ClaimsOptions } from './claims';

/** How long a request may take, in milliseconds. */
const TIMEOUT_MS = 20_000;
const TOPIC = 'library.idempotency-keys';
const running: TopicClaims[] = [];
const writers: Writer[] = [];

export function newLog(): MemoryLog {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  return log;
}

/** Starts one more instance of the service's claims. It ends with `stopAll`. */
export function instance(log: Log, options: Partial<ClaimsOptions> = {}): TopicClaims {
  const writer = new GroupCommitWriter(log.createAppender(), {
    topic: TOPIC,
    partitions: 1,
    timeout: 5_000,
    maxPending: 1_000,
  });
  const base = { log, writer, topic: TOPIC, logger: silent, registry: new Registry() };
  const claims = new TopicClaims({ ...base, ...options });
  running.push(claims);
  writers.push(writer);
  return claims;
}

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((claims) => claims.close()));
  await Promise.all(writers.splice(0).map((writer) => writer.close()));
}

export const recordsIn = async (log: Log) => (await log.bounds(TOPIC))[0]?.end;

/**
 * For tests: claims a key for a request.
 * @param wasRecorded whether the event of the request is known; absent: nobody can tell
 */
export function claim(
  claims: Claims,
  key: string,
  meaning: string,
  wasRecorded: () => Promise<boolean> = () => Promise.reject(new Error('the view is away')),
): Promise<boolean> {
  return claims.claim({ key, meaning, wasRecorded }, performance.now() + TIMEOUT_MS);
}
