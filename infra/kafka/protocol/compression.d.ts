declare module 'lz4js' {
  /** @param maxSize the most that may come of it @throws where the bytes are no LZ4 frame */
  export function decompress(bytes: Uint8Array, maxSize?: number): Uint8Array;
}

declare module 'snappyjs' {
  /** @param maxLength the most that may come of it @throws where the bytes are no Snappy block */
  export function uncompress<T extends Uint8Array>(bytes: T, maxLength?: number): T;
}
