import zlib from 'node:zlib';
import { compress as compressLz4 } from 'lz4js';
import { CompressionTypes } from 'kafkajs';
import { compress, decompress } from '../../infra/kafka/codecs';
import { encodeCompressedBatch, encodeRecordBatch } from '../../infra/kafka/protocol/record-batch';
import type { OutgoingRecord } from '../../infra/event-log/log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { encoderWith } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS } from '../../schemas/generated/events';
import { PARTITIONS } from '../../schemas/topics';
import { backlog } from '../events';
import type { PartResult } from '../result';
import type { Servers } from '../servers';
import type { Settings } from '../settings';
import { ratios } from '../statistics';

const SIZES = [1, 2, 4, 16, 64, 256, 1_000];
/** What a common send of the API has for a partition at some hundred writes a second. */
const USUAL = 4;
const HEAD_BYTES = 61;
/** The most events of a batch size that are measured, and how long each is repeated for, in microseconds of processor time. */
const MOST_EVENTS = 8_000;
const LEAST_TIME = 30_000;

interface Codec {
  readonly name: string;
  readonly type: CompressionTypes;
  readonly compress: (bytes: Buffer) => Uint8Array;
}

const gzip = (level: number): Codec => ({
  name: `gzip ${level}`,
  type: CompressionTypes.GZIP,
  compress: (bytes) => zlib.gzipSync(bytes, { level }),
});

/** Since Node 22.15. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer };

const CODECS: readonly Codec[] = [
  ...[1, 3, 6].map(gzip),
  { name: 'snappy', type: CompressionTypes.Snappy, compress },
  { name: 'lz4', type: CompressionTypes.LZ4, compress: compressLz4 },
  ...(zstdCompressSync ? [{ name: 'zstd', type: CompressionTypes.ZSTD, compress: zstdCompressSync }] : []),
];

/** Bytes on the topic and processor time per event, for each codec and batch size: what docs/decisions/0019-compression.md rests on. */
export async function measureCodecs(_servers: Servers, settings: Settings): Promise<PartResult> {
  const records = await someRecords(2 * settings.backlog);
  const usual = batchesOf(records, USUAL);
  const rounds = Array.from({ length: settings.rounds }, () => 0);
  const plainTime = rounds.map(() => time(usual, (each) => encodeRecordBatch(each, 0)));
  const writtenTime = rounds.map(() => time(usual, (each) => encodeCompressedBatch(each, 0)));
  const bytes = [bytesOf(usual, encodeCompressedBatch)];
  return {
    title: `Compression, batches of ${USUAL} events`,
    measures: [
      { name: 'what we write', unit: 'bytes/event', values: bytes },
      {
        name: 'what we write ÷ uncompressed',
        unit: '',
        values: ratios(bytes, [bytesOf(usual, encodeRecordBatch)]),
        limit: { atMost: 0.5 },
      },
      { name: 'encoding it', unit: 'µs/event', values: writtenTime },
      { name: 'encoding it uncompressed', unit: 'µs/event', values: plainTime },
    ],
    notes: [
      'bytes/event, µs/event to compress + to decompress:',
      `${''.padEnd(8)}${SIZES.map((size) => `${size} a batch`.padStart(19)).join('')}`,
      row('none', (batches) => `${bytesOf(batches, encodeRecordBatch).toFixed(0)}`, records),
      ...CODECS.map((codec) => row(codec.name, (batches) => figures(codec, batches), records)),
      ...(zstdCompressSync ? [] : ['zstd: this version of Node cannot write it']),
    ],
  };
}

type Records = readonly OutgoingRecord[];

/** Those of a few partitions, as what stands in one batch is of one partition. */
async function someRecords(events: number): Promise<Records> {
  const ids = new Map(Object.values(LIBRARY_EVENTS.schemas).map(({ name }, i) => [name, i + 1]));
  const encoder = encoderWith(LIBRARY_EVENTS, ids);
  const all = await backlog(events);
  return all
    .slice(all.length / 2) // the catalogue is at the beginning
    .map((event) => encodeRecord(event, encoder, { source: '/library/api' }))
    .filter(({ key }) => partitionOf(Buffer.from(key), PARTITIONS) === 0);
}

function batchesOf(records: Records, size: number): Records[] {
  const count = Math.floor(Math.min(records.length, Math.max(size, MOST_EVENTS)) / size);
  return Array.from({ length: count }, (_, i) => records.slice(i * size, (i + 1) * size));
}

/** Events of batches, or bytes of buffers. */
const lengthOf = (parts: readonly { readonly length: number }[]) =>
  parts.reduce((sum, { length }) => sum + length, 0);

function bytesOf(
  batches: readonly Records[],
  encode: (records: Records, timestamp: number) => Buffer,
): number {
  return lengthOf(batches.map((each) => encode(each, Date.now()))) / lengthOf(batches);
}

/** Microseconds of processor time per event. */
function time(batches: readonly Records[], work: (records: Records) => unknown): number {
  return timeOf(batches, work) / lengthOf(batches);
}

/** Microseconds of processor time of one pass, the first of which does not count. */
function timeOf<T>(inputs: readonly T[], work: (input: T) => unknown): number {
  for (const input of inputs) work(input);
  const start = process.cpuUsage();
  for (let passes = 1; ; passes++) {
    for (const input of inputs) work(input);
    const { user, system } = process.cpuUsage(start);
    if (user + system >= LEAST_TIME) return (user + system) / passes;
  }
}

function row(name: string, cell: (batches: readonly Records[]) => string, records: Records): string {
  const cells = SIZES.map((size) => batchesOf(records, size)).map((batches) =>
    batches.length === 0 ? '–' : cell(batches),
  );
  return `${name.padEnd(8)}${cells.map((text) => text.padStart(19)).join('')}`;
}

function figures({ type, compress: squeeze }: Codec, batches: readonly Records[]): string {
  const events = lengthOf(batches);
  const contents = batches.map((each) => encodeRecordBatch(each, 0).subarray(HEAD_BYTES));
  const compressed = contents.map((content) => Buffer.from(squeeze(content)));
  const bytes = (lengthOf(compressed) + batches.length * HEAD_BYTES) / events;
  const [to, from] = [
    timeOf(contents, squeeze) / events,
    timeOf(compressed, (content) => decompress(type, content)) / events,
  ];
  return `${bytes.toFixed(0)}  ${to.toFixed(1)} + ${from.toFixed(1)}`;
}
