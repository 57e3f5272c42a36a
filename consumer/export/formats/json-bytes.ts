const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_BYTES = 262_144;

/** Needs no escape in JSON: printable ASCII except quote and backslash. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && code !== QUOTE && code !== BACKSLASH;
}

/**
 * JSON, written as bytes directly. Nearly all text of events is plain ASCII, and short: copying it character by character
 * costs a third of building strings, joining them, and encoding the result.
 */
export class JsonBytes {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;

  /** Text that is JSON already, and ASCII. */
  raw(text: string): this {
    const { length } = text;
    this.makeRoom(length);
    const { bytes, at } = this;
    for (let i = 0; i < length; i += 1) bytes[at + i] = text.charCodeAt(i);
    this.at = at + length;
    return this;
  }

  /** A string, or null. */
  text(text: string | null): this {
    if (text === null) return this.raw('null');
    const { length } = text;
    this.makeRoom(length + 2);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = 0; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (!isPlain(code)) return this.escaped(text);
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return this;
  }

  /** A string that is given as UTF-8. Bytes that are not UTF-8 are replaced (U+FFFD). */
  utf8(source: Buffer): this {
    const { length } = source;
    this.makeRoom(length + 2);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = 0; i < length; i += 1) {
      const code = source[i]!;
      if (!isPlain(code)) return this.escaped(source.toString());
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return this;
  }

  /** Any other value. */
  value(value: unknown): this {
    return this.encoded(JSON.stringify(value));
  }

  /** What has been written since the last time. */
  take(): Uint8Array {
    const taken = Buffer.from(this.bytes.subarray(0, this.at));
    this.at = 0;
    return taken;
  }

  private escaped(text: string): this {
    return this.encoded(JSON.stringify(text));
  }

  private encoded(json: string): this {
    this.makeRoom(3 * json.length);
    this.at += this.bytes.write(json, this.at);
    return this;
  }

  private makeRoom(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
