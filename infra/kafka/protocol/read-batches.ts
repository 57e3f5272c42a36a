import type { LogRecord } from '../../event-log/log';
import { decompress } from '../codecs';
import { BatchLayout as At, CHECKED_FROM, HEAD_BYTES, MAGIC, PREFIX_BYTES } from './batch-layout';
import { crc32c } from './crc32c';
import type { AbortedTransaction, FetchedPartition } from './fetch';
import { RecordReader } from './record-reader';
import { StoredRecord } from './stored-record';

/** What a fetched part of a partition holds for consumers. */
export interface ReadPartition {
  readonly records: LogRecord[];
  /** Where reading goes on: behind everything that was complete, whether there were records in it or not. */
  readonly nextOffset: number;
}

const CODEC = 0x07;
/** The broker's clock counts, and not that of who wrote the records. */
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** One batch as it stands in the bytes. */
export interface StoredBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly producerId: bigint;
}

/**
 * The records of a partition from an offset on, without those of transactions that were given up, and without marks.
 * @throws {Error} where a batch is damaged, or in a format from before Kafka 0.11
 */
export function readBatches(fetched: FetchedPartition, fromOffset: number): ReadPartition {
  const records: LogRecord[] = [];
  const { batches, nextOffset } = storedBatches(fetched, fromOffset);
  for (const batch of batches) addRecords(records, fetched.partition, batch, fromOffset);
  return { records, nextOffset };
}

/**
 * The batches of a partition from an offset on, as `readBatches` takes them. The first can begin before the offset.
 * @throws {Error} as `readBatches`
 */
export function storedBatches(
  fetched: Pick<FetchedPartition, 'aborted' | 'bytes'>,
  fromOffset: number,
): { readonly batches: StoredBatch[]; readonly nextOffset: number } {
  const batches: StoredBatch[] = [];
  const givenUp = new GivenUp(fetched.aborted);
  let nextOffset = fromOffset;
  for (const batch of batchesIn(fetched.bytes)) {
    const isWanted = !givenUp.covers(batch) && (batch.attributes & CONTROL) === 0;
    // The first batch can begin, and even end, before what was asked for.
    if (isWanted && batch.lastOffset >= fromOffset) batches.push(batch);
    nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
  }
  return { batches, nextOffset };
}

/**
 * The batch as a producer of no transaction writes it again, with everything that is in its records. A transaction that is over is
 * no part of it, and neither is the broker's clock: the times are those of who wrote the records.
 */
export function rewritable({ bytes, attributes }: StoredBatch): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeBigInt64BE(0n, At.baseOffset); // the broker's to say
  copy.writeInt16BE(attributes & ~(TRANSACTIONAL | APPEND_TIME), At.attributes);
  copy.writeBigInt64BE(-1n, At.producerId); // none
  copy.writeInt16BE(0, At.producerEpoch);
  copy.writeInt32BE(0, At.baseSequence);
  copy.writeUInt32BE(crc32c(copy, CHECKED_FROM), At.checksum);
  return copy;
}

/** The last may be cut off: it comes again with the next fetch. */
function* batchesIn(all: Buffer): Generator<StoredBatch> {
  for (let at = 0; at + HEAD_BYTES <= all.length;) {
    const end = at + PREFIX_BYTES + all.readInt32BE(at + At.length);
    if (end > all.length) return;
    const bytes = all.subarray(at, end);
    const baseOffset = Number(bytes.readBigInt64BE(At.baseOffset));
    assertSound(bytes, baseOffset);
    yield {
      bytes,
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(At.lastOffsetDelta),
      attributes: bytes.readInt16BE(At.attributes),
      producerId: bytes.readBigInt64BE(At.producerId),
    };
    at = end;
  }
}

function assertSound(bytes: Buffer, offset: number): void {
  const magic = bytes[At.magic];
  if (magic !== MAGIC)
    throw new Error(
      `the records at offset ${offset} have format ${magic}: only Kafka's format 2 can be read`,
    );
  if (crc32c(bytes, CHECKED_FROM) !== bytes.readUInt32BE(At.checksum))
    throw new Error(`the records at offset ${offset} are damaged: they do not have their checksum`);
}

function addRecords(
  records: LogRecord[],
  partition: number,
  { bytes, baseOffset, attributes }: StoredBatch,
  from: number,
): void {
  const codec = attributes & CODEC;
  const content = bytes.subarray(HEAD_BYTES);
  const plain = codec === 0 ? content : decompressed(codec, content, baseOffset);
  const reader = new RecordReader(plain);
  const count = bytes.readInt32BE(At.recordCount);
  const firstTime = Number(bytes.readBigInt64BE(At.firstTimestamp));
  const appendTime =
    (attributes & APPEND_TIME) === 0 ? undefined : Number(bytes.readBigInt64BE(At.maxTimestamp));
  for (let i = 0; i < count; i += 1) {
    const { offsetDelta, timeDelta, key, value, headersAt } = reader.next();
    const offset = baseOffset + offsetDelta;
    if (offset < from) continue;
    const timestamp = appendTime ?? firstTime + timeDelta;
    records.push(new StoredRecord({ partition, offset, timestamp, key, value }, plain, headersAt));
  }
}

function decompressed(codec: number, content: Buffer, offset: number): Buffer {
  try {
    return decompress(codec, content);
  } catch (error) {
    throw new Error(`the records at offset ${offset} cannot be decompressed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Which batches belong to transactions that were given up, as the batches of a partition go by. */
class GivenUp {
  private readonly open = new Set<bigint>();
  private readonly later: AbortedTransaction[];

  constructor(aborted: readonly AbortedTransaction[]) {
    this.later = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  covers({ lastOffset, attributes, producerId }: StoredBatch): boolean {
    while (this.later[0] && this.later[0].firstOffset <= lastOffset)
      this.open.add(this.later.shift()!.producerId);
    if ((attributes & TRANSACTIONAL) === 0) return false;
    // The mark that ends it, whichever it is: a later transaction of this producer is a new one.
    if ((attributes & CONTROL) !== 0) return this.open.delete(producerId);
    return this.open.has(producerId);
  }
}
