import Encoder from 'kafkajs/src/protocol/encoder';
import type ConnectionPool from 'kafkajs/src/network/connectionPool';
import { ByteReader } from './byte-reader';

/** A request as kafkajs sends it. What the response says, errors included, is `read`'s to make something of. */
export type Request<T> = ConnectionPool.Request<T>;

export interface RequestOptions<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly body: Buffer;
  read(response: ByteReader): T;
}

export function requestOf<T>({ apiKey, apiVersion, apiName, body, read }: RequestOptions<T>): Request<T> {
  return {
    request: { apiKey, apiVersion, apiName, encode: () => Promise.resolve(encoderWith(body)) },
    response: {
      decode: (bytes) => Promise.resolve(new ByteReader(bytes)),
      parse: (reader) => Promise.resolve(read(reader as ByteReader)),
    },
    logResponseError: false,
  };
}

/** kafkajs copies the bytes of an encoder behind the head of the request. */
function encoderWith(body: Buffer): Encoder {
  const encoder = new Encoder(1);
  encoder.buf = body;
  encoder.offset = body.length;
  return encoder;
}

/** What a response says of the partitions of its topics: all of them, since a request here names one topic. */
export function partitionsIn<T>(response: ByteReader, read: (reader: ByteReader) => T): T[] {
  const topics = response.array((topic) => {
    topic.string();
    return topic.array(read);
  });
  return topics.flat();
}

/** The size of a text in Kafka's format: two bytes of length, and UTF-8. */
export function sizeOfString(text: string): number {
  return 2 + Buffer.byteLength(text);
}

/** @returns where the next byte goes */
export function writeString(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 2);
  bytes.writeInt16BE(length, at);
  return at + 2 + length;
}
