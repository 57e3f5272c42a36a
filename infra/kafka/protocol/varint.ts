/** How many bytes an unsigned number takes in groups of seven bits. */
function sizeOfUnsigned(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest !== 0; rest >>>= 7) size += 1;
  return size;
}

/** How many bytes a 32-bit whole number takes as a zigzag varint. */
export function sizeOfVarint(value: number): number {
  return sizeOfUnsigned((value << 1) ^ (value >> 31));
}

/** Writes a 32-bit whole number as a zigzag varint. @returns where the next byte goes */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
