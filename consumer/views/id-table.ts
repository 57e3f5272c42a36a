/** What is stored of an ID: its place plus one (0: the slot is free), its owner, and the 128 bits of the UUID. */
const WORDS = 6;
const FIRST_SLOTS = 1_024;
/** Of four slots at most three are in use. */
const MOST_FULL = 0.75;

/**
 * UUIDs of many owners, each with its place in the order in which they came: 24 to 64 bytes for each, outside of the garbage
 * collector's sight. The same UUID of two owners is two IDs. It is exact: all bits are compared.
 */
export class IdTable {
  private slots = FIRST_SLOTS;
  private words = new Uint32Array(FIRST_SLOTS * WORDS);
  private count = 0;
  private readonly id = new Uint32Array(4);

  /**
   * @param owner a whole number from 0 to 2^32 - 1
   * @param uuid in lower case
   * @returns false where it is there already
   */
  add(owner: number, uuid: string): boolean {
    const at = this.slotOf(owner, uuid);
    if (this.words[at] !== 0) return false;
    this.count += 1;
    this.words[at] = this.count;
    this.words[at + 1] = owner;
    this.words.set(this.id, at + 2);
    if (this.count > this.slots * MOST_FULL) this.grow();
    return true;
  }

  /** @returns the place of an ID, counted from 0; -1 where it is not there */
  placeOf(owner: number, uuid: string): number {
    return this.words[this.slotOf(owner, uuid)]! - 1;
  }

  /** Where the ID is, or would be. `id` holds its bits then. */
  private slotOf(owner: number, uuid: string): number {
    const { id, words } = this;
    id[0] = wordAt(uuid, 0, 4);
    id[1] = wordAt(uuid, 9, 14);
    id[2] = wordAt(uuid, 19, 24);
    id[3] = wordAt(uuid, 28, 32);
    let slot = this.firstSlot(owner, id, 0);
    for (;;) {
      const at = slot * WORDS;
      if (words[at] === 0) return at;
      if (
        words[at + 1] === owner &&
        words[at + 2] === id[0] &&
        words[at + 3] === id[1] &&
        words[at + 4] === id[2] &&
        words[at + 5] === id[3]
      )
        return at;
      slot = (slot + 1) & (this.slots - 1);
    }
  }

  /** Mixes all bits of the ID that begins at a place of an array. */
  private firstSlot(owner: number, id: Uint32Array, at: number): number {
    let hash = Math.imul(owner, 0x9e3779b1);
    for (let i = at; i < at + 4; i += 1) hash = mixed(hash ^ id[i]!);
    return hash & (this.slots - 1);
  }

  private grow(): void {
    const old = this.words;
    this.slots *= 2;
    this.words = new Uint32Array(this.slots * WORDS);
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from] === 0) continue;
      let slot = this.firstSlot(old[from + 1]!, old, from + 2);
      while (this.words[slot * WORDS] !== 0) slot = (slot + 1) & (this.slots - 1);
      this.words.set(old.subarray(from, from + WORDS), slot * WORDS);
    }
  }
}

/** The last steps of murmur3, which spread each bit over all others. */
function mixed(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The 32 bits of two times four hexadecimal digits. */
function wordAt(uuid: string, first: number, second: number): number {
  let word = 0;
  for (let i = first; i < first + 4; i += 1) word = (word << 4) | digitOf(uuid.charCodeAt(i));
  for (let i = second; i < second + 4; i += 1) word = (word << 4) | digitOf(uuid.charCodeAt(i));
  return word >>> 0;
}

/** @param code that of a digit, or of a letter from a to f */
function digitOf(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
