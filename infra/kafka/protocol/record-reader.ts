/** A record as it stands in a batch, whose offset and time its own are added to. */
export interface BatchedRecord {
  readonly offsetDelta: number;
  readonly timeDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Where its headers begin in the bytes: `RecordReader.headers` reads them there. */
  readonly headersAt: number;
}

/** Names of headers that were read, in the order in which they came: a text is made of each once. */
const names: string[] = [];
const MOST_NAMES = 32;
let nextName = 0;

/** A 64-bit number has no more groups of seven bits than this. */
const MOST_GROUPS = 10;

/** Reads the records of a batch, one after the other: parts of its bytes, not copies. @throws {RangeError} where they end too soon */
export class RecordReader {
  /** @param at where it begins to read */
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
  ) {}

  next(): BatchedRecord {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('the records end too soon');
    this.at += 1; // attributes: none are defined
    const timeDelta = this.varint();
    const offsetDelta = this.varint();
    const key = this.sized();
    const value = this.sized();
    const headersAt = this.at;
    // Later versions of the format may add something.
    this.at = end;
    return { offsetDelta, timeDelta, key, value, headersAt };
  }

  /** Other clients may write a header twice, or one without a value: the last value counts, and none is as good as absent. */
  headers(): Record<string, Buffer> {
    const headers: Record<string, Buffer> = {};
    for (let left = this.varint(); left > 0; left -= 1) {
      const name = this.name();
      const value = this.sized();
      if (value) setHeader(headers, name, value);
    }
    return headers;
  }

  /** One of the headers, as `headers` has it, without making the others. */
  header(wanted: string): Buffer | undefined {
    let found: Buffer | undefined;
    for (let left = this.varint(); left > 0; left -= 1) {
      const isIt = this.isNext(wanted);
      const value = isIt ? this.sized() : this.skipSized();
      if (value) found = value;
    }
    return found;
  }

  /** Reads the name of a header: nearly always one that follows, in the records before, the one that was read last. */
  private name(): string {
    const length = Math.max(0, this.varint());
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('the records end too soon');
    for (let turn = 0; turn < names.length; turn += 1) {
      const i = (nextName + turn) % names.length;
      if (!this.isAt(start, names[i]!, length)) continue;
      nextName = i + 1;
      return names[i]!;
    }
    const name = this.bytes.toString('utf8', start, this.at);
    // Only what `isAt` finds again: each byte a character.
    if (names.length < MOST_NAMES && this.isAt(start, name, length)) names.push(name);
    return name;
  }

  /** Whether the bytes there are these letters. */
  private isAt(start: number, text: string, length: number): boolean {
    if (text.length !== length) return false;
    for (let i = 0; i < length; i += 1) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Reads a text, and says whether it is this one. */
  private isNext(wanted: string): boolean {
    const length = Math.max(0, this.varint());
    const start = this.at;
    this.at += length;
    // Names are in ASCII, almost always; others are compared as texts.
    for (let i = 0; i < length; i += 1) {
      const byte = this.bytes[start + i]!;
      if (byte >= 0x80) return this.bytes.toString('utf8', start, this.at) === wanted;
      if (byte !== wanted.charCodeAt(i)) return false;
    }
    return length === wanted.length;
  }

  private skipSized(): undefined {
    const length = this.varint();
    this.at += Math.max(0, length);
  }

  private sized(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('the records end too soon');
    const value = this.bytes.subarray(this.at, end);
    this.at = end;
    return value;
  }

  /** A zigzag varint of any size. Offsets, times and lengths stay far below 2^53. */
  private varint(): number {
    let value = 0;
    let unit = 1;
    for (let group = 0; group < MOST_GROUPS; group += 1) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      unit *= 128;
    }
    throw new RangeError('the records end too soon');
  }
}

/** Anybody who may write chooses the names: none of them must change what the object inherits. */
function setHeader(headers: Record<string, Buffer>, name: string, value: Buffer): void {
  if (name !== '__proto__') headers[name] = value;
  else Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
}
