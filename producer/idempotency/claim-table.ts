/**
 * Which request each idempotency key belongs to, as far as the newest claims tell: the first claim of a key wins.
 * Everybody who reads the same claims in the same order comes to the same table, whoever made the claims.
 */
export class ClaimTable {
  private readonly owners = new Map<string, string>();

  /** @param capacity how many keys are remembered; the oldest are forgotten first */
  constructor(private readonly capacity: number) {}

  /** Takes the next claim: `fingerprint` stands for the request that wants the key. */
  apply(key: string, fingerprint: string): void {
    if (this.owners.has(key)) return;
    this.owners.set(key, fingerprint);
    if (this.owners.size <= this.capacity) return;
    // A map hands out its keys in the order in which they came.
    const oldest = this.owners.keys().next();
    if (!oldest.done) this.owners.delete(oldest.value);
  }

  /** The fingerprint of the request that a key belongs to. */
  ownerOf(key: string): string | undefined {
    return this.owners.get(key);
  }

  get size(): number {
    return this.owners.size;
  }
}
