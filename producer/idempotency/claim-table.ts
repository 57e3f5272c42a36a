/**
 * Which request each idempotency key belongs to, by the newest claims: the first claim of a key wins. All instances that
 * read the same claims in the same order have the same table, whichever instance made the claims.
 */
export class ClaimTable {
  private readonly owners = new Map<string, string>();

  /** @param capacity how many keys are remembered; the oldest are forgotten first */
  constructor(private readonly capacity: number) {}

  /** Applies the next claim. @param fingerprint of the request that claims the key */
  apply(key: string, fingerprint: string): void {
    if (this.owners.has(key)) return;
    this.owners.set(key, fingerprint);
    if (this.owners.size <= this.capacity) return;
    // A Map iterates over its keys in the order of insertion.
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
