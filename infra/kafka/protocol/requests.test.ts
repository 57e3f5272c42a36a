import type Encoder from 'kafkajs/src/protocol/encoder';
import { ByteReader } from './byte-reader';
import { fetchRequest } from './fetch';
import { END, listOffsetsRequest } from './list-offsets';
import type { Request } from './request';

type Theirs = (options: object) => { encode(): Promise<Encoder & { buffer: Buffer }> };
const theirFetch = require('kafkajs/src/protocol/requests/fetch/v11/request') as Theirs;
const theirListOffsets = require('kafkajs/src/protocol/requests/listOffsets/v2/request') as Theirs;
const TheirEncoder = require('kafkajs/src/protocol/encoder') as new () => Writer;

/** The parts of kafkajs' encoder by which an answer is written here. */
interface Writer {
  readonly buffer: Buffer;
  writeInt16(value: number): Writer;
  writeInt32(value: number): Writer;
  writeInt64(value: number): Writer;
  writeString(value: string): Writer;
  writeBytes(value: Buffer): Writer;
  writeArray(values: readonly Writer[]): Writer;
}

async function bytesOf(request: Request<unknown>): Promise<Buffer> {
  return (await request.request.encode()).buf;
}

async function answerTo<T>({ response }: Request<T>, { buffer }: Writer): Promise<T> {
  return response.parse(await response.decode(buffer));
}

const encoder = () => new TheirEncoder();

test('a fetch is asked for as kafkajs asks', async () => {
  const partitions = [
    { partition: 3, offset: 2 ** 40, maxBytes: 1_000 },
    { partition: 11, offset: 0, maxBytes: 2_000 },
  ];
  const theirs = theirFetch({
    ...{ replicaId: -1, maxWaitTime: 250, minBytes: 1, maxBytes: 5_000 },
    topics: [
      {
        topic: 'tøpic',
        partitions: partitions.map(({ offset, ...rest }) => ({ ...rest, fetchOffset: offset })),
      },
    ],
  });
  const ours = fetchRequest('tøpic', partitions, { maxWait: 250, maxBytes: 5_000 });
  expect(await bytesOf(ours)).toEqual((await theirs.encode()).buffer);
});

test('offsets are asked for as kafkajs asks', async () => {
  const theirs = theirListOffsets({
    ...{ replicaId: -1, isolationLevel: 1 },
    topics: [{ topic: 't', partitions: [{ partition: 3, timestamp: END }] }],
  });
  expect(await bytesOf(listOffsetsRequest('t', [3], END))).toEqual((await theirs.encode()).buffer);
});

test('what was fetched is read partition by partition', async () => {
  const partition = (number: number, errorCode: number, aborted: Writer, bytes: Buffer) =>
    ((writer) => {
      writer.writeInt32(number).writeInt16(errorCode).writeInt64(50).writeInt64(40).writeInt64(0);
      return Buffer.concat([
        writer.buffer,
        aborted.buffer,
        encoder().writeInt32(-1).writeBytes(bytes).buffer,
      ]);
    })(encoder());
  const none = encoder().writeInt32(-1);
  const some = encoder().writeArray([encoder().writeInt64(7).writeInt64(12)]);
  const head = encoder().writeInt32(0).writeInt16(0).writeInt32(0).writeInt32(1).writeString('t');
  const buffer = Buffer.concat([
    ...[head.buffer, encoder().writeInt32(2).buffer],
    ...[partition(3, 0, some, Buffer.from('records')), partition(4, 6, none, Buffer.alloc(0))],
  ]);
  const answer = await answerTo(fetchRequest('t', [], { maxWait: 0, maxBytes: 0 }), {
    ...encoder(),
    buffer,
  } as Writer);
  expect(answer).toEqual([
    {
      ...{ partition: 3, errorCode: 0, highWatermark: 50 },
      ...{ aborted: [{ producerId: 7n, firstOffset: 12 }], bytes: Buffer.from('records') },
    },
    { partition: 4, errorCode: 6, highWatermark: 50, aborted: [], bytes: Buffer.alloc(0) },
  ]);
});

test('an answer that is cut off is an error, and no shorter answer', () => {
  const { buffer } = encoder().writeBytes(Buffer.from('records'));
  expect(() => new ByteReader(buffer.subarray(0, 8)).bytes()).toThrow(RangeError);
});
