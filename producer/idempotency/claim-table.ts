/** A key or a request, as the table knows it. */
export const DIGEST_BYTES = 16;

/** A claim: four words of the key's digest, and the first two of the request's. */
const WORDS = 6;
const FIRST_ROOM = 1_024;

/**
 * Which request each idempotency key belongs to, by the newest claims: the first claim of a key wins. All instances that
 * read the same claims in the same order have the same table.
 *
 * The claims stand in a ring, in their order, and a hash table with open addressing (linear probing) says where: 32 bytes for a key,
 * outside of the garbage collector's heap. Keys and requests are SHA-256 digests of 16 bytes, so their first bytes are the hash.
 */
export class ClaimTable {
  private claims: Uint32Array;
  /** One more than the index of a claim; 0: free. At most half of them are taken. */
  private slots: Uint32Array;
  /** How many claims there is room for at present. */
  private room: number;
  /** Where the next claim goes: once the table is full, that is where the oldest one is. */
  private next = 0;
  private taken = 0;
  private evicted = 0;

  /** @param capacity how many keys are kept; the oldest are evicted first. Room is taken as it is needed. */
  constructor(private readonly capacity: number) {
    this.room = Math.min(FIRST_ROOM, capacity);
    this.claims = new Uint32Array(this.room * WORDS);
    this.slots = new Uint32Array(slotsFor(this.room));
  }

  get size(): number {
    return this.taken;
  }

  /** Whether claims were forgotten: a key that is not in the table may have been claimed before. */
  get hasEvicted(): boolean {
    return this.evicted > 0;
  }

  /** Applies the next claim. @param key its digest @param request the digest of the request that claims it */
  apply(key: Buffer, request: Buffer): void {
    let slot = this.slotOf(key);
    if (this.slots[slot] !== 0) return;
    if (this.taken === this.capacity) {
      this.evictOldest();
      slot = this.slotOf(key);
    } else if (this.taken === this.room) {
      this.grow();
      slot = this.slotOf(key);
    }
    const at = this.next * WORDS;
    for (let word = 0; word < 4; word++) this.claims[at + word] = key.readUInt32LE(4 * word);
    for (let word = 0; word < 2; word++) this.claims[at + 4 + word] = request.readUInt32LE(4 * word);
    this.slots[slot] = this.next + 1;
    this.next = (this.next + 1) % this.capacity;
    this.taken += 1;
  }

  /** Whether a key belongs to a request; undefined: to none that is known. */
  isOwnedBy(key: Buffer, request: Buffer): boolean | undefined {
    const claim = this.slots[this.slotOf(key)]!;
    if (claim === 0) return undefined;
    const at = (claim - 1) * WORDS + 4;
    return this.claims[at] === request.readUInt32LE(0) && this.claims[at + 1] === request.readUInt32LE(4);
  }

  /** The slot that the key is in, or the free one that it would go to. */
  private slotOf(key: Buffer): number {
    const words = [0, 4, 8, 12].map((at) => key.readUInt32LE(at)) as [number, number, number, number];
    const mask = this.slots.length - 1;
    let slot = words[0] & mask;
    for (let claim = this.slots[slot]!; claim !== 0; claim = this.slots[slot]!) {
      const at = (claim - 1) * WORDS;
      const isSame =
        this.claims[at] === words[0] &&
        this.claims[at + 1] === words[1] &&
        this.claims[at + 2] === words[2] &&
        this.claims[at + 3] === words[3];
      if (isSame) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private evictOldest(): void {
    const oldest = this.next + 1;
    const mask = this.slots.length - 1;
    let slot = this.homeOf(oldest);
    while (this.slots[slot] !== oldest) slot = (slot + 1) & mask;
    this.free(slot);
    this.taken -= 1;
    this.evicted += 1;
  }

  /** Frees a slot. Those behind it that are not in their place because of it move up: a search ends at a free slot. */
  private free(slot: number): void {
    const mask = this.slots.length - 1;
    let hole = slot;
    for (let at = (hole + 1) & mask; this.slots[at] !== 0; at = (at + 1) & mask) {
      const isBehindItsHome = ((at - this.homeOf(this.slots[at]!)) & mask) >= ((at - hole) & mask);
      if (!isBehindItsHome) continue;
      this.slots[hole] = this.slots[at]!;
      hole = at;
    }
    this.slots[hole] = 0;
  }

  /** The slot that a claim would be in if it were alone. */
  private homeOf(claim: number): number {
    return this.claims[(claim - 1) * WORDS]! & (this.slots.length - 1);
  }

  private grow(): void {
    this.room = Math.min(2 * this.room, this.capacity);
    const claims = new Uint32Array(this.room * WORDS);
    claims.set(this.claims);
    this.claims = claims;
    this.slots = new Uint32Array(slotsFor(this.room));
    const mask = this.slots.length - 1;
    for (let claim = 1; claim <= this.taken; claim++) {
      let slot = this.homeOf(claim);
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = claim;
    }
  }
}

/** A power of two, and at least twice as many as there are claims. */
function slotsFor(claims: number): number {
  return 2 ** Math.ceil(Math.log2(2 * claims));
}
