import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpAnswers } from '../../infra/local/wait';

/** How often the instances are asked whether they are ready. */
const CHECK_INTERVAL_MS = 50;
/** For how long an instance that refused a connection gets no request. */
const AVOIDED_MS = 200;

/** What the load balancers of a test have in common. */
export interface LoadBalancer {
  readonly url: string;
  /** Why requests failed, where it is known. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

interface Instance {
  readonly port: number;
  readonly agent: Agent;
  ready: boolean;
  avoidedUntil: number;
}

/**
 * A load balancer as strict as they come: it keeps connections to the instances and uses the last one first, asks the next
 * instance only where a connection was refused, and never sends a request twice.
 */
export class ReverseProxy implements LoadBalancer {
  private readonly instances: readonly Instance[];
  private readonly server = createServer((incoming, outgoing) => void this.forward(incoming, outgoing));
  private readonly checks: NodeJS.Timeout | undefined;
  private turn = 0;
  /** Why requests were answered 502. */
  readonly failures: string[] = [];

  private constructor(ports: readonly number[], asksReadiness: boolean) {
    this.instances = ports.map((port) => {
      const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
      return { port, agent, ready: true, avoidedUntil: 0 };
    });
    if (asksReadiness) this.checks = setInterval(() => this.check(), CHECK_INTERVAL_MS);
  }

  /** @param asksReadiness whether an instance gets no requests while its `/readyz` does not answer 200 */
  static async start(ports: readonly number[], asksReadiness: boolean): Promise<ReverseProxy> {
    const proxy = new ReverseProxy(ports, asksReadiness);
    await once(proxy.server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.checks);
    const closed = once(this.server, 'close');
    this.server.close().closeAllConnections();
    await closed;
    for (const { agent } of this.instances) agent.destroy();
  }

  private check(): void {
    for (const instance of this.instances) {
      void httpAnswers(`http://127.0.0.1:${instance.port}/readyz`).then((ready) => (instance.ready = ready));
    }
  }

  private async forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    const now = performance.now();
    const usable = this.instances.filter(({ ready, avoidedUntil }) => ready && avoidedUntil <= now);
    // As others do: where none seems to be well, any may be.
    const tried = usable.length > 0 ? usable : this.instances;
    this.turn += 1;
    const order = tried.map((_, i) => tried[(this.turn + i) % tried.length]!);
    for (const instance of order) {
      const answered = await this.ask(instance, incoming, body, outgoing);
      if (answered) return;
      instance.avoidedUntil = performance.now() + AVOIDED_MS;
    }
    this.failures.push('all refused');
    outgoing.writeHead(502).end();
  }

  /** @returns false when the connection was refused; every other failure is answered 502 */
  private ask(
    { port, agent }: Instance,
    { method, url, headers }: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const { connection: _, ...passedOn } = headers;
      const upstream = request(
        { host: '127.0.0.1', port, agent, method, path: url, headers: passedOn },
        (answer) => {
          const { connection: _ours, 'keep-alive': _theirs, ...own } = answer.headers;
          outgoing.writeHead(answer.statusCode!, own);
          answer.pipe(outgoing).once('close', () => resolve(true));
        },
      );
      upstream.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') return resolve(false);
        this.failures.push(`${upstream.reusedSocket ? 'old' : 'new'} connection: ${error.message}`);
        if (!outgoing.headersSent) outgoing.writeHead(502);
        outgoing.end(() => resolve(true));
      });
      upstream.end(body);
    });
  }
}
