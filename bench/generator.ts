import autocannon from 'autocannon';

/** The task of the load generator. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** The books are "1" to this number. */
  readonly books: number;
  /** Distinguishes the users of this load from those of other loads. */
  readonly tag: string;
  /** Who asks. Absent: nobody in particular. */
  readonly token?: string;
  /** What is read, in turn. Absent: reservations are made. */
  readonly paths?: readonly string[];
}

export interface LoadResult {
  /** Answers with a 2xx status a second. */
  readonly rate: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers with another status, connections that broke, and timeouts. */
  readonly failed: number;
}

/** More than any server here answers on one connection in a second. */
const REQUESTS_A_SECOND = 200;

/** The requests of one connection: reads, or each of another user, for the books in turn. They are built before the measurement starts. */
function requestsOf({ books, seconds, tag, paths }: Load, connection: number): autocannon.Request[] {
  if (paths)
    return paths.filter((_, i) => i % 64 === connection % 64).map((path) => ({ method: 'GET', path }));
  return Array.from({ length: REQUESTS_A_SECOND * seconds }, (_, i) => ({
    method: 'POST',
    path: `/v1/books/${1 + ((connection * 17 + i) % books)}/reservations`,
    body: JSON.stringify({ userId: `${tag}-${connection}-${i}` }),
  }));
}

async function fire(load: Load): Promise<LoadResult> {
  let connection = 0;
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    duration: load.seconds,
    ...(load.paths ? {} : { method: 'POST' }),
    headers: {
      ...(load.paths ? {} : { 'content-type': 'application/json' }),
      ...(load.token === undefined ? {} : { authorization: `Bearer ${load.token}` }),
    },
    setupClient: (client) => client.setRequests(requestsOf(load, connection++)),
  });
  const { samples } = result as typeof result & { samples: number };
  return {
    rate: result['2xx'] / samples,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  };
}

// A process of its own, so that generating the load does not slow down the event loop of the server.
process.once('message', (load: Load) => {
  void fire(load).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
