import Broker from 'kafkajs/src/broker';
import { createLogger } from 'kafkajs/src/loggers';
import ConnectionPool from 'kafkajs/src/network/connectionPool';
import socketFactory from 'kafkajs/src/network/socketFactory';
import { logLevel } from 'kafkajs';
import { withDeadline } from '../deadline';
import type { Logger } from '../logger';
import { shared } from '../shared';
import { KafkaAwayError } from './away';
import { kafkaLogCreator, type KafkaSettings } from './client';
import { cut } from './lost-connections';
import { metadataRequest } from './protocol/metadata';
import type { Request } from './protocol/request';

/** For how long after an answer a broker is taken to be there still, in milliseconds. */
const QUIET_MS = 1_000;
/** Another request is not sent after one that has waited for so long, in milliseconds. */
const STUCK_MS = 500;

/**
 * One connection to one broker: TCP, TLS, the versions of the API and SASL by kafkajs, the requests our own. A link that has
 * failed is closed and thrown away; it is never mended.
 */
export class Link {
  private readonly pool: ConnectionPool;
  private readonly broker: Broker;
  private readonly connectOnce = shared(() => this.connect());
  private probing: Promise<unknown> | undefined;
  private wasOpen = false;
  private isClosed = false;
  /** When the broker last answered. */
  private heardAt = -Infinity;
  /** When those requests were sent that are not answered yet. */
  private readonly waiting = new Set<{ readonly since: number }>();

  constructor(
    host: string,
    port: number,
    settings: KafkaSettings,
    logger: Logger,
    connectionTimeout: number,
  ) {
    const ownLogger = createLogger({ level: logLevel.INFO, logCreator: kafkaLogCreator(logger, 'debug') });
    this.pool = new ConnectionPool({
      host,
      port,
      clientId: settings.clientId,
      ssl: settings.ssl ?? false,
      sasl: settings.sasl,
      connectionTimeout,
      // For what the library asks by itself: the versions of the API, and to be let in. Requests of ours bring their own along.
      requestTimeout: connectionTimeout,
      socketFactory: socketFactory(),
      logger: ownLogger,
    });
    this.broker = new Broker({
      connectionPool: this.pool,
      logger: ownLogger,
      authenticationTimeout: connectionTimeout,
    });
  }

  /** Whether the broker has let us in and is heard of: what is sent now will most likely be answered. */
  get isReady(): boolean {
    return this.isOpen && performance.now() - this.heardAt < QUIET_MS;
  }

  /**
   * Whether a request waits for long already, as a produce request does whose leader waits for its followers. A broker answers the
   * requests of a connection in turn: what is sent now would wait as well, and a question would say nothing about the broker.
   */
  get isStuck(): boolean {
    const [oldest] = this.waiting;
    return oldest !== undefined && performance.now() - oldest.since > STUCK_MS;
  }

  /** Whether the connection was lost: another link is needed. */
  get isLost(): boolean {
    return this.isClosed || (this.wasOpen && !this.pool.isConnected());
  }

  /**
   * Resolves once the broker has let us in. A broker that is frozen takes connections, too, but lets nobody in.
   * @throws {Error} when it cannot be reached, or does not let us in
   */
  async open(): Promise<void> {
    if (this.isLost) throw new KafkaAwayError('the connection was lost');
    if (this.isOpen) return;
    await this.connectOnce();
  }

  /**
   * Resolves once the broker is sure to be there: one that was silent for a while is asked a question first. So what must not be
   * sent twice is not given to a connection that nobody serves any more.
   * @param timeout how long to wait for the answer, in milliseconds
   * @throws {Error} when the broker cannot be reached, does not let us in or does not answer
   */
  async ready(timeout: number): Promise<void> {
    await this.open();
    if (this.isReady) return;
    this.probing ??= this.exchange(metadataRequest(), timeout).finally(() => (this.probing = undefined));
    await this.probing;
  }

  /** Whether the broker, which is connected, takes requests of this version. */
  takes({ apiKey, apiVersion }: Pick<Request<unknown>['request'], 'apiKey' | 'apiVersion'>): boolean {
    const versions = this.broker.versions?.[apiKey];
    return versions !== undefined && versions.minVersion <= apiVersion && apiVersion <= versions.maxVersion;
  }

  /** @param timeout milliseconds; the answer is not waited for any longer */
  async send<T>(request: Request<T>, timeout: number): Promise<T> {
    const sent = { since: performance.now() };
    this.waiting.add(sent);
    try {
      return await this.exchange(request, timeout);
    } finally {
      this.waiting.delete(sent);
    }
  }

  /** Ends the connection at once. Requests under way are rejected. */
  close(): void {
    // A connection that is being closed is a connected one to the library.
    this.isClosed = true;
    for (const connection of this.pool.pool) cut(connection, new KafkaAwayError('the connection was closed'));
    void this.broker.disconnect().catch(() => undefined);
  }

  private async exchange<T>(request: Request<T>, timeout: number): Promise<T> {
    // The library takes its own time-out for the shortest one.
    const answer = await withDeadline(timeout, () => this.pool.send({ ...request, requestTimeout: timeout }));
    this.heardAt = performance.now();
    return answer;
  }

  private get isOpen(): boolean {
    return !this.isLost && this.wasOpen && this.broker.isConnected();
  }

  private async connect(): Promise<void> {
    await this.broker.connect();
    this.wasOpen = true;
    this.heardAt = performance.now();
  }
}
