/** Reads Kafka's primitive types from a response, one after the other. @throws {RangeError} where the bytes end too soon */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** Offsets stay far below 2^53. */
  int64(): number {
    const value = this.bytes.readBigInt64BE(this.at);
    this.at += 8;
    return Number(value);
  }

  boolean(): boolean {
    const value = this.bytes.readInt8(this.at);
    this.at += 1;
    return value !== 0;
  }

  /** Null is the empty text. */
  string(): string {
    const length = this.int16();
    if (length < 0) return '';
    const value = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return value;
  }

  array<T>(read: (reader: ByteReader) => T): T[] {
    const length = this.int32();
    const values: T[] = [];
    for (let i = 0; i < length; i += 1) values.push(read(this));
    return values;
  }
}
