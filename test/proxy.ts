import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
const METADATA = 3;
const FIND_COORDINATOR = 10;

/** The fate of a connection whose response is lost: it hangs, or it is closed. */
export type Loss = 'hang' | 'close';

/**
 * A proxy between clients and brokers that can lose responses. Brokers advertise their own addresses: the proxy replaces
 * these in the responses, so that all connections go through it.
 */
export class KafkaProxy {
  /** What clients are configured with. */
  readonly brokers: string[] = [];
  /** The number of lost responses to produce requests. The records of these requests are in the log. */
  lost = 0;
  private readonly servers: Server[] = [];
  private readonly connections = new Set<Socket>();
  private readonly clients = new Set<Socket>();
  private readonly rewrites: { from: Buffer; to: Buffer }[] = [];
  private toLose = 0;
  private loss: Loss = 'hang';
  private delay = 0;
  private isSilent = false;

  /** @param brokers host:port of each broker, as it advertises itself */
  static async start(brokers: readonly string[]): Promise<KafkaProxy> {
    const proxy = new KafkaProxy();
    for (const broker of brokers) await proxy.listenFor(broker);
    return proxy;
  }

  /** Loses the responses to the next produce requests. */
  loseProduceResponses(count: number, loss: Loss): void {
    this.toLose = count;
    this.loss = loss;
  }

  /** Delays the responses to produce requests from now on. */
  delayProduceResponses(ms: number): void {
    this.delay = ms;
  }

  /** From now on connections stay open, and new ones are accepted, but nothing passes any more. */
  fallSilent(): void {
    this.isSilent = true;
  }

  /** Closes all connections. New ones are accepted. */
  cut(): void {
    for (const socket of this.connections) socket.destroy();
  }

  /** Ends all connections. Resolves when the clients have noticed, and ended them too. */
  async hangUp(): Promise<void> {
    await Promise.all([...this.clients].map((client) => once(client.end(), 'close')));
  }

  async close(): Promise<void> {
    const closed = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.cut();
    await Promise.all(closed);
  }

  private async listenFor(broker: string): Promise<void> {
    const at = broker.lastIndexOf(':');
    const [host, port] = [broker.slice(0, at), Number(broker.slice(at + 1))];
    const server = createServer((client) => this.forward(client, connect(port, host)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, host, resolve);
    });
    this.servers.push(server);
    const own = (server.address() as AddressInfo).port;
    this.brokers.push(`${host}:${own}`);
    this.rewrites.push({ from: addressBytes(host, port), to: addressBytes(host, own) });
  }

  private forward(client: Socket, broker: Socket): void {
    const requests = new Map<number, { api: number; lose: boolean }>();
    this.clients.add(client);
    client.on('close', () => this.clients.delete(client));
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.connections.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.connections.delete(socket);
        other.destroy();
      });
    }
    onFrames(client, (frame) => {
      if (this.isSilent) return;
      const api = frame.readInt16BE(4);
      const lose = api === PRODUCE && this.toLose > 0;
      if (lose) this.toLose -= 1;
      requests.set(frame.readInt32BE(8), { api, lose });
      broker.write(frame);
    });
    onFrames(broker, (frame) => {
      if (this.isSilent) return;
      const correlation = frame.readInt32BE(4);
      const request = requests.get(correlation);
      requests.delete(correlation);
      if (request?.lose) this.lose(client);
      else if (request?.api === PRODUCE && this.delay > 0) setTimeout(() => client.write(frame), this.delay);
      else client.write(isAboutBrokers(request?.api) ? this.rewritten(frame) : frame);
    });
  }

  private lose(client: Socket): void {
    this.lost += 1;
    if (this.loss === 'close') client.destroy();
  }

  private rewritten(frame: Buffer): Buffer {
    for (const { from, to } of this.rewrites) {
      for (let at = frame.indexOf(from); at >= 0; at = frame.indexOf(from, at + to.length))
        to.copy(frame, at);
    }
    return frame;
  }
}

function isAboutBrokers(api: number | undefined): boolean {
  return api === METADATA || api === FIND_COORDINATOR;
}

/** An address as encoded in Kafka's responses: the host, then the port in four bytes. */
function addressBytes(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(port);
  return Buffer.concat([Buffer.from(host), bytes]);
}

/** Calls back with each complete frame: a length in four bytes, then as many bytes. */
function onFrames(socket: Socket, callback: (frame: Buffer) => void): void {
  let buffered = Buffer.alloc(0);
  socket.on('data', (data) => {
    buffered = Buffer.concat([buffered, data]);
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const end = 4 + buffered.readInt32BE(0);
      // A copy, as the callback may change or keep it.
      callback(Buffer.from(buffered.subarray(0, end)));
      buffered = buffered.subarray(end);
    }
  });
}
