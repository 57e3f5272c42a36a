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

  /** A length of the flexible format, where null and empty are both none. */
  compactLength(): number {
    return Math.max(0, this.uvarint() - 1);
  }

  /** A text of the flexible format. Null is the empty text. */
  compactString(): string {
    return this.part(this.compactLength()).toString();
  }

  compactArray(read: () => void): void {
    for (let left = this.compactLength(); left > 0; left -= 1) read();
  }

  /** Fields that a later version may add: left out. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left -= 1) {
      this.uvarint();
      this.part(this.uvarint());
    }
  }

  /** So many bytes as hexadecimal digits. */
  hex(length: number): string {
    return this.part(length).toString('hex');
  }

  /** A part of the response, not a copy of it. Null is empty. */
  bytes(): Buffer {
    return this.part(Math.max(0, this.int32()));
  }

  /** Null is the empty array. */
  array<T>(read: (reader: ByteReader) => T): T[] {
    const length = this.int32();
    const values: T[] = [];
    for (let i = 0; i < length; i += 1) values.push(read(this));
    return values;
  }

  private uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.content.readUInt8(this.at);
      this.at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  private part(length: number): Buffer {
    if (this.at + length > this.content.length) throw new RangeError('the bytes end too soon');
    const value = this.content.subarray(this.at, this.at + length);
    this.at += length;
    return value;
  }
}
