import { createTestEnvironment, type TestEnvironment } from '../../environment';
import { uniqueName } from '../../servers';
import { ApiClient, WAIT } from '../api-client';
import { RoleProcess } from '../role-process';

export interface Reservation {
  reservationId: string;
  status: string;
  userId: string;
  copyId: string | null;
  queuePosition: number | null;
  queueLength: number;
  pickupBy: string | null;
  rejection: { code: string } | null;
  position: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

type Env = Readonly<Record<string, string>>;

/** A running platform, and the requests that many tests make of it. */
export class LendingDesk {
  processes: readonly RoleProcess[] = [];
  /** Requests go to the APIs in turn, so that no test can depend on reaching the same instance again. */
  readonly api = new ApiClient(() => {
    const urls = this.processes.map(({ url }) => url).filter(Boolean);
    return urls[this.requests++ % urls.length]!;
  });
  private environment: TestEnvironment | undefined;
  private requests = 0;

  /**
   * @param layout the roles of each process; none named = all of them
   * @param change the variables of the environment to those of the processes; default: as they are
   */
  async start(
    layout: readonly (readonly string[])[],
    change: (env: Env) => Promise<Env> = (env) => Promise.resolve(env),
  ): Promise<void> {
    this.environment = await createTestEnvironment();
    await this.startIn({ env: await change(this.environment.env) }, layout);
  }

  /**
   * The same in an environment that there is already, and that whoever made it closes.
   * @param credentialsOf the variables of a process beside those of the environment
   */
  async startIn(
    { env }: Pick<TestEnvironment, 'env'>,
    layout: readonly (readonly string[])[],
    credentialsOf: (roles: readonly string[]) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<void> {
    this.processes = await Promise.all(
      layout.map((roles) => RoleProcess.start(roles, { ...env, ...credentialsOf(roles) })),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.environment?.close();
  }

  /** Adds a book with these copies. @returns its ID */
  async bookWithCopies(...copyIds: string[]): Promise<string> {
    const bookId = uniqueName('book');
    await this.api.put(
      `/v1/books/${bookId}`,
      { title: `The Whale of ${bookId}`, authors: ['Herman Melville'], year: 1851 },
      WAIT,
    );
    for (const copyId of copyIds) {
      await this.api.put(`/v1/books/${bookId}/copies/${copyId}`, undefined, WAIT);
    }
    return bookId;
  }

  reserve(bookId: string, userId: string, headers: Readonly<Record<string, string>> = WAIT) {
    return this.api.post(`/v1/books/${bookId}/reservations`, { userId }, headers);
  }

  /** The reservations of a book, as the API lists them. */
  async reservationsOf(bookId: string): Promise<Reservation[]> {
    return (await this.api.get<Page<Reservation>>(`/v1/books/${bookId}/reservations`)).body.items;
  }
}
