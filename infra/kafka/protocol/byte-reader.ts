/** Reads Kafka's primitive types from a response, one after the other. @throws {RangeError} where the bytes end too soon */
export class ByteReader {
  private at = 0;

  constructor(private readonly content: Buffer) {}

  int16(): number {
    const value = this.content.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.content.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** Offsets stay far below 2^53. */
  int64(): number {
    return Number(this.bigint64());
  }

  /** For what may be any number, such as IDs. */
  bigint64(): bigint {
    const value = this.content.readBigInt64BE(this.at);
    this.at += 8;
    return value;
  }

  boolean(): boolean {
    const value = this.content.readInt8(this.at);
    this.at += 1;
    return value !== 0;
  }

  /** Null is the empty text. */
  string(): string {
    const length = this.int16();
    if (length < 0) return '';
    const value = this.content.toString('utf8', this.at, this.at + length);
    this.at += length;
    return value;
  }

  /** A part of the response, not a copy of it. Null is empty. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    if (this.at + length > this.content.length) throw new RangeError('the bytes end too soon');
    const value = this.content.subarray(this.at, this.at + length);
    this.at += length;
    return value;
  }

  /** Null is the empty array. */
  array<T>(read: (reader: ByteReader) => T): T[] {
    const length = this.int32();
    const values: T[] = [];
    for (let i = 0; i < length; i += 1) values.push(read(this));
    return values;
  }
}
