import Broker from 'kafkajs/src/broker';
import { createLogger } from 'kafkajs/src/loggers';
import ConnectionPool from 'kafkajs/src/network/connectionPool';
import socketFactory from 'kafkajs/src/network/socketFactory';
import { logLevel } from 'kafkajs';
import type { Logger } from '../logger';
import { kafkaLogCreator, type KafkaSettings } from './client';
import type { Request } from './protocol/request';

/** No request of ours waits longer than its own time-out, which it brings along. */
const REQUEST_TIMEOUT_MS = 100;

/**
 * One connection to one broker: TCP, TLS, the versions of the API and SASL by kafkajs, the requests our own. A link that has
 * failed is closed and thrown away; it is never mended.
 */
export class Link {
  private readonly pool: ConnectionPool;
  private readonly broker: Broker;
  private connecting: Promise<void> | undefined;

  constructor(
    host: string,
    port: number,
    settings: KafkaSettings,
    logger: Logger,
    connectionTimeout: number,
  ) {
    const ownLogger = createLogger({ level: logLevel.INFO, logCreator: kafkaLogCreator(logger) });
    this.pool = new ConnectionPool({
      host,
      port,
      clientId: settings.clientId,
      ssl: settings.ssl ?? false,
      sasl: settings.sasl,
      connectionTimeout,
      requestTimeout: REQUEST_TIMEOUT_MS,
      socketFactory: socketFactory(),
      logger: ownLogger,
    });
    this.broker = new Broker({
      connectionPool: this.pool,
      logger: ownLogger,
      authenticationTimeout: connectionTimeout,
    });
  }

  /** Whether a request can be sent right away. */
  get isReady(): boolean {
    return this.broker.isConnected();
  }

  /** Resolves once requests can be sent. @throws {Error} when the broker cannot be reached, or does not let us in */
  ready(): Promise<void> {
    if (this.isReady) return Promise.resolve();
    this.connecting ??= this.broker.connect().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  /** Whether the broker, which is connected, takes requests of this version. */
  takes({ apiKey, apiVersion }: Pick<Request<unknown>['request'], 'apiKey' | 'apiVersion'>): boolean {
    const versions = this.broker.versions?.[apiKey];
    return versions !== undefined && versions.minVersion <= apiVersion && apiVersion <= versions.maxVersion;
  }

  /** @param timeout milliseconds; the answer is not waited for any longer */
  send<T>(request: Request<T>, timeout: number): Promise<T> {
    return this.pool.send({ ...request, requestTimeout: timeout });
  }

  /** Ends the connection at once. Requests under way are rejected. */
  close(): void {
    for (const connection of this.pool.pool) {
      connection.rejectRequests(new Error('the connection was closed'));
      connection.socket?.destroy();
    }
    void this.broker.disconnect().catch(() => undefined);
  }
}
