declare module 'lz4js' {
  /** @param maxSize the most that may come of it @throws where the bytes are no LZ4 frame */
  export function decompress(bytes: Uint8Array, maxSize?: number): Uint8Array;
  /** The most that may come of it, by the sizes of its blocks; not that of the content, which can be much less. */
  export function decompressBound(bytes: Uint8Array): number;
  /** One frame; up to 4 MB are one block. */
  export function compress(bytes: Uint8Array): Uint8Array;
}

declare module 'snappyjs' {
  /** @param maxLength the most that may come of it @throws where the bytes are no Snappy block */
  export function uncompress<T extends Uint8Array>(bytes: T, maxLength?: number): T;
  /** A block, without any framing. */
  export function compress<T extends Uint8Array>(bytes: T): T;
}
