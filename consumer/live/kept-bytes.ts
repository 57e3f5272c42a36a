const SLAB_BYTES = 64 * 1024;

/**
 * Makes bytes of texts that are kept for long and dropped in their order, as the newest outcomes of one partition are. `Buffer.from` would
 * put them among those of requests and records, in pieces of 8 kB that live as long as any part of them: several times the memory. And
 * so would pieces that several partitions share: what a quiet one keeps would hold the pieces of the busy ones.
 */
export class KeptBytes {
  private slab = Buffer.alloc(0);
  private used = 0;

  of(text: string): Buffer {
    const length = Buffer.byteLength(text);
    if (this.slab.length - this.used < length) {
      this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length));
      this.used = 0;
    }
    const bytes = this.slab.subarray(this.used, this.used + length);
    bytes.write(text);
    this.used += length;
    return bytes;
  }
}
