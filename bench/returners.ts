import { connect, type Socket } from 'node:net';

/** The task of the process of clients that come back: all at once, after this position. */
export interface ReturningLoad {
  readonly url: string;
  readonly clients: number;
  readonly lastEventId: string;
  /** How many outcomes each has missed. */
  readonly missed: number;
  /** The user whom each client follows is this and its number; absent: all books. */
  readonly user?: string;
  /** How long to wait for the last, in milliseconds. */
  readonly patience: number;
}

export interface ReturningResult {
  /** From the first request to the last missed outcome of the median client, and of the last one; milliseconds. */
  readonly median: number;
  readonly last: number;
  /** Clients that did not receive everything in time, or were cut off. */
  readonly short: number;
}

const RETRY_MS = 1_000;
const OUTCOME = Buffer.from('\nevent: ');

/** A client that counts outcomes, and nothing else: reading them properly would be most of the work of ten thousand. */
class Returner {
  private socket: Socket | undefined;
  private received = 0;
  private rest = Buffer.alloc(0);
  private isClosed = false;

  constructor(
    private readonly load: ReturningLoad,
    private readonly number: number,
    private readonly onDone: () => void,
  ) {
    this.open();
  }

  close(): void {
    this.isClosed = true;
    this.socket?.destroy();
  }

  /** One that is not let in tries again after a second, as browsers do. */
  private open(): void {
    if (this.isClosed) return;
    const { url, user, lastEventId } = this.load;
    const { hostname, port } = new URL(url);
    const filter = user === undefined ? '' : `?userId=${user}${this.number}`;
    this.socket = connect(Number(port), hostname)
      .on('data', (bytes: Buffer) => this.count(bytes))
      .on('error', () => undefined)
      .on('close', () => setTimeout(() => this.open(), RETRY_MS));
    // What browsers send. Streams that are asked for so are never refused in a rush.
    const headers = `host: ${hostname}\r\naccept: text/event-stream\r\nlast-event-id: ${lastEventId}`;
    this.socket.write(`GET /v1/events${filter} HTTP/1.1\r\n${headers}\r\n\r\n`);
    this.received = 0;
  }

  private count(bytes: Buffer): void {
    if (this.received >= this.load.missed) return;
    // A mark may come in two pieces.
    const all = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    for (let at = all.indexOf(OUTCOME); at >= 0; at = all.indexOf(OUTCOME, at + 1)) this.received += 1;
    this.rest = Buffer.from(all.subarray(Math.max(0, all.length - OUTCOME.length + 1)));
    if (this.received >= this.load.missed) this.onDone();
  }
}

function comeBack(load: ReturningLoad): Promise<ReturningResult> {
  const begun = performance.now();
  const times: number[] = [];
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      all.forEach((one) => one.close());
      const short = load.clients - times.length;
      resolve({ median: times[Math.floor(load.clients / 2)] ?? NaN, last: times.at(-1) ?? NaN, short });
    };
    const timer = setTimeout(end, load.patience);
    const done = () => {
      times.push(performance.now() - begun);
      if (times.length === load.clients) end();
    };
    const all = Array.from({ length: load.clients }, (_, i) => new Returner(load, i, done));
  });
}

process.once('message', (load: ReturningLoad) => {
  void comeBack(load).then((result) => {
    process.send?.(result);
    process.disconnect();
  });
});
