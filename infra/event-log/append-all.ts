import {
  AppendInDoubtError,
  NotAppendedError,
  type Appender,
  type AttemptResult,
  type OutgoingRecord,
  type PartitionRecords,
  type Position,
} from './log';
import { partitionOf } from './murmur2';

/**
 * `Appender.append` in terms of `Appender.attempt`.
 * @param partitions how many partitions the topic has
 * @param timeout milliseconds
 */
export async function appendAll(
  appender: Pick<Appender, 'attempt'>,
  topic: string,
  records: readonly OutgoingRecord[],
  { partitions, timeout }: { readonly partitions: number; readonly timeout: number },
): Promise<(Position | undefined)[]> {
  if (records.length === 0) return [];
  const { batches, places } = groupByPartition(records, partitions);
  const results = await Promise.all(appender.attempt(topic, batches, { timeout }));
  assertSomeAppended(results);
  return places.map(({ batch, index }) => {
    const result = results[batch]!;
    if (result.kind !== 'appended') return undefined;
    return { partition: batches[batch]!.partition, offset: result.baseOffset + index };
  });
}

/** The records by partition, and for each record its batch and its index in that. */
function groupByPartition(records: readonly OutgoingRecord[], partitions: number) {
  const batches: { readonly partition: number; readonly records: OutgoingRecord[] }[] = [];
  const byPartition = new Map<number, number>();
  const places = records.map((record) => {
    const partition = partitionOf(Buffer.from(record.key), partitions);
    let batch = byPartition.get(partition);
    if (batch === undefined) {
      batch = batches.push({ partition, records: [] }) - 1;
      byPartition.set(partition, batch);
    }
    return { batch, index: batches[batch]!.records.push(record) - 1 };
  });
  return { batches: batches satisfies PartitionRecords[], places };
}

function assertSomeAppended(results: readonly AttemptResult[]): void {
  if (results.some(({ kind }) => kind === 'appended')) return;
  const errors = results.flatMap((result) => (result.kind === 'appended' ? [] : [result]));
  const doubt = errors.find(({ kind }) => kind === 'in-doubt');
  const cause = (doubt ?? errors[0]!).error;
  if (doubt) {
    throw new AppendInDoubtError(`Kafka did not say whether it has the records: ${cause.message}`, { cause });
  }
  throw new NotAppendedError(cause.message, { cause });
}
