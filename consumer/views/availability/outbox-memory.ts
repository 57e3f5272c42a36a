import type { OutboxEntry } from '../definition';
/** How many entries are remembered of one partition, and of all together. A row of more is remembered alone. */
const MOST_OF_PARTITION = 6_000;
const MOST_OF_ALL = 30_000;

/**
 * The entries of rows of the outbox, by partition and ID, so that they need not be read back from there. What a row holds never
 * changes, so what is remembered of it is right for as long as it is there. What finds no room is read back: the oldest are
 * published first, so they are what is worth remembering.
 */
export class OutboxMemory {
  private readonly partitions = new Map<number, Map<string, readonly OutboxEntry[]>>();
  private readonly sizes = new Map<number, number>();
  private size = 0;

  get(partition: number, id: string): readonly OutboxEntry[] | undefined {
    return this.partitions.get(partition)?.get(id);
  }

  /** Remembers the entries of a row, if there is room. */
  offer(partition: number, id: string, entries: readonly OutboxEntry[]): void {
    const size = this.sizes.get(partition) ?? 0;
    const isFull = size > 0 && size + entries.length > MOST_OF_PARTITION;
    if (!isFull && this.size + entries.length <= MOST_OF_ALL) this.keep(partition, id, entries);
  }

  /** Remembers the entries of a row, whatever the room: they are needed next. */
  keep(partition: number, id: string, entries: readonly OutboxEntry[]): void {
    this.forget(partition, id);
    const rows = this.partitions.get(partition) ?? new Map<string, readonly OutboxEntry[]>();
    this.partitions.set(partition, rows.set(id, entries));
    this.grow(partition, entries.length);
  }

  /** Forgets a row that is done with. */
  forget(partition: number, id: string): void {
    const rows = this.partitions.get(partition);
    const entries = rows?.get(id);
    if (!rows || !entries) return;
    rows.delete(id);
    this.grow(partition, -entries.length);
  }

  clear(): void {
    this.partitions.clear();
    this.sizes.clear();
    this.size = 0;
  }

  private grow(partition: number, by: number): void {
    this.sizes.set(partition, (this.sizes.get(partition) ?? 0) + by);
    this.size += by;
  }
}
