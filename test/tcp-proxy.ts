import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a silent connection loses: bytes in both directions, or only the answers of the server. */
export type Silence = 'both' | 'answers';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  silent: Silence | undefined;
}

/**
 * A proxy in front of any TCP server, for connections that die without a sign: bytes vanish, and neither end learns that the
 * other one is gone.
 */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private listener: Server | undefined;
  private newcomers: Silence | undefined;

  private constructor(private target: URL) {}

  /** @returns the proxy, and the URL that leads through it to where `url` leads */
  static async before(url: string): Promise<{ proxy: TcpProxy; url: string }> {
    const target = new URL(url);
    const proxy = new TcpProxy(new URL(url));
    const listener = (proxy.listener = createServer((client) => proxy.forward(client)));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    target.hostname = '127.0.0.1';
    target.port = String((listener.address() as AddressInfo).port);
    return { proxy, url: target.href };
  }

  /** From now on connections lead to where `url` leads; those that are there end, as when an address moves to another machine. */
  leadTo(url: string): void {
    this.target = new URL(url);
    this.cut();
  }

  /** How many connections are silent that neither end has closed. */
  get silentConnections(): number {
    return [...this.links].filter(({ silent, client }) => silent && !client.destroyed).length;
  }

  /** Makes the connections that are there silent, for good. New ones are forwarded. */
  silence(silence: Silence = 'both'): void {
    for (const link of this.links) link.silent = silence;
  }

  /** From now on new connections are accepted and silent, until `hear`. */
  silenceNewcomers(): void {
    this.newcomers = 'both';
  }

  /** From now on new connections are forwarded. */
  hear(): void {
    this.newcomers = undefined;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.listener?.close(resolve));
    this.cut();
    await closed;
  }

  private cut(): void {
    for (const { client, server } of this.links) {
      client.destroy();
      server.destroy();
    }
    this.links.clear();
  }

  private forward(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const link: Link = { client, server, silent: this.newcomers };
    this.links.add(link);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('data', (data) => {
        if (link.silent === undefined || (link.silent === 'answers' && from === client)) to.write(data);
      });
      // The end of a silent connection is lost like everything else.
      from.on('close', () => {
        if (link.silent !== undefined) return;
        to.destroy();
        this.links.delete(link);
      });
    }
  }
}
