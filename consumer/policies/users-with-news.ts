/** The users of whom a reservation was opened since their open reservations were last found to be within the limit. */
export class UsersWithNews {
  /** By user, the number of the last news. */
  private readonly news = new Map<string, number>();
  private count = 0;

  add(user: string): void {
    this.count += 1;
    this.news.set(user, this.count);
  }

  /** Those there are now, each with its last news, in parts of at most so many. */
  parts(size: number): ReadonlyMap<string, number>[] {
    const all = [...this.news];
    return Array.from(
      { length: Math.ceil(all.length / size) },
      (_, i) => new Map(all.slice(i * size, (i + 1) * size)),
    );
  }

  /** There is nothing to decide about the user as of this news. Later news are kept. */
  settle(user: string, news: number): void {
    if (this.news.get(user) === news) this.news.delete(user);
  }
}
