/**
 * The parts of kafkajs that its public types do not show, as far as we rely on them.
 *
 * The library's producer answers for a whole request: one partition's error throws away the offsets of all others. What lies
 * below it (sockets, TLS, SASL, API versions) is sound, so our own Produce and Metadata requests go over that. kafkajs is
 * pinned to one version, and the tests of `link.ts` and the log's conformance suite fail when these parts change.
 */

declare module 'kafkajs/src/protocol/encoder' {
  class Encoder {
    constructor(initialSize?: number);
    buf: Buffer;
    offset: number;
  }
  export = Encoder;
}

declare module 'kafkajs/src/loggers' {
  import type { logCreator, Logger, logLevel } from 'kafkajs';

  export function createLogger(options: { level: logLevel; logCreator: logCreator }): Logger;
}

declare module 'kafkajs/src/network/socketFactory' {
  import type { ISocketFactory } from 'kafkajs';

  function socketFactory(): ISocketFactory;
  export = socketFactory;
}

declare module 'kafkajs/src/network/connection' {
  import type { Socket } from 'node:net';
  import type { ISocketFactory, Logger } from 'kafkajs';
  import type { Request } from 'kafkajs/src/network/connectionPool';

  class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      socketFactory: ISocketFactory;
      logger: Logger;
    });
    /** Its address. */
    readonly broker: string;
    /** Of the last attempt to connect. */
    socket: Socket | undefined;
    /** The bytes of an answer that is not complete yet, how many these are, and how many it takes to go on. */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    isConnected(): boolean;
    connect(): Promise<unknown>;
    send<T>(request: Request<T>): Promise<T>;
    /** Fails what is under way. */
    rejectRequests(error: Error): void;
    /** Waits for what is under way, and ends the socket. */
    disconnect(): Promise<boolean>;
  }
  export = Connection;
}

declare module 'kafkajs/src/network/connectionPool' {
  import type { ISocketFactory, Logger, SASLOptions } from 'kafkajs';
  import type Connection from 'kafkajs/src/network/connection';
  import type Encoder from 'kafkajs/src/protocol/encoder';

  namespace ConnectionPool {
    interface Request<T> {
      readonly request: {
        readonly apiKey: number;
        readonly apiVersion: number;
        readonly apiName: string;
        encode(): Promise<Encoder>;
      };
      readonly response: { decode(bytes: Buffer): Promise<object>; parse(decoded: object): Promise<T> };
      readonly requestTimeout?: number;
      readonly logResponseError?: boolean;
    }
  }

  class ConnectionPool {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      ssl: boolean | object;
      sasl: SASLOptions | undefined;
      connectionTimeout: number;
      requestTimeout: number;
      socketFactory: ISocketFactory;
      logger: Logger;
    });
    readonly pool: readonly Connection[];
    isConnected(): boolean;
    send<T>(request: ConnectionPool.Request<T>): Promise<T>;
  }
  export = ConnectionPool;
}

declare module 'kafkajs/src/broker' {
  import type { Logger } from 'kafkajs';
  import type ConnectionPool from 'kafkajs/src/network/connectionPool';

  class Broker {
    constructor(options: { connectionPool: ConnectionPool; logger: Logger; authenticationTimeout?: number });
    /** What the broker takes, by API; null until it is connected. */
    readonly versions: Readonly<
      Record<number, { readonly minVersion: number; readonly maxVersion: number }>
    > | null;
    isConnected(): boolean;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
  }
  export = Broker;
}

declare module 'kafkajs/src/protocol/requests/metadata/v6/response' {
  namespace MetadataResponse {
    interface Data {
      readonly topicMetadata: readonly {
        readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
      }[];
    }
  }
  const response: { parse(data: MetadataResponse.Data): Promise<MetadataResponse.Data> };
  export = response;
}

declare module 'kafkajs/src/protocol/requests/metadata/v5/response' {
  import response from 'kafkajs/src/protocol/requests/metadata/v6/response';
  export = response;
}

declare module 'kafkajs/src/protocol/error' {
  /** @returns an error even for codes that the library does not know; `type` is Kafka's name of it, `retriable` whether it may pass by itself */
  export function createErrorFromCode(
    code: number,
  ): Error & { readonly type?: string; readonly retriable: boolean };
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response' {
  namespace FetchResponse {
    interface Message {
      /** A whole number; the library makes a BigInt of it. */
      readonly offset: number;
      readonly isControlRecord: boolean;
    }

    interface Partition {
      readonly partition: number;
      readonly errorCode: number;
      readonly highWatermark: string;
      readonly lastStableOffset: string;
      readonly lastStartOffset: string;
      readonly abortedTransactions: readonly [];
      readonly preferredReadReplica: number;
      readonly messages: readonly Message[];
    }

    interface Data {
      readonly throttleTime: number;
      readonly clientSideThrottleTime: number;
      readonly errorCode: number;
      readonly sessionId: number;
      readonly responses: readonly {
        readonly topicName: string;
        readonly partitions: readonly Partition[];
      }[];
    }
  }
  const response: { decode(bytes: Buffer): Promise<FetchResponse.Data> };
  export = response;
}

declare module 'kafkajs/src/consumer/consumerGroup' {
  class ConsumerGroup {
    readonly cluster: { refreshMetadata(): Promise<void> };
    /** Tells the coordinator, if that is due, that this member is alive. */
    heartbeat(options: { readonly interval: number }): Promise<void>;
    /** Finds the coordinator, joins the group and learns its partitions. */
    joinAndSync(): Promise<void>;
    /** Does what helps against the error of a fetch, or throws it. */
    recoverFromFetch(error: Error): Promise<void>;
  }
  export = ConsumerGroup;
}

declare module 'kafkajs/src/consumer/offsetManager' {
  namespace OffsetManager {
    interface Coordinator {
      isConnected(): boolean;
      /** The offsets that the group has committed. */
      offsetFetch(request: object): Promise<{
        readonly responses: readonly {
          readonly topic: string;
          readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
        }[];
      }>;
    }

    interface Cluster {
      committedOffsets(group: { readonly groupId: string }): object;
      findGroupCoordinator(group: { readonly groupId: string }): Promise<Coordinator>;
    }
  }

  /** Where a member reads on in each of its partitions. */
  class OffsetManager {
    constructor(options: {
      cluster: OffsetManager.Cluster;
      coordinator: OffsetManager.Coordinator;
      memberAssignment: Readonly<Record<string, readonly number[]>>;
      topicConfigurations: Readonly<Record<string, object>>;
      groupId: string;
      autoCommit: boolean;
    });
    readonly cluster: OffsetManager.Cluster;
    readonly groupId: string;
    coordinator: OffsetManager.Coordinator;
    /** The coordinator, connected. */
    getCoordinator(): Promise<OffsetManager.Coordinator>;
    /** Asks the coordinator where to begin in those partitions of which that is not known. */
    resolveOffsets(): Promise<void>;
    nextOffset(topic: string, partition: number): { toString(): string };
  }
  export = OffsetManager;
}

declare module 'kafkajs/src/consumer/runner' {
  import type { EventEmitter } from 'node:events';
  import type { Logger } from 'kafkajs';

  namespace Runner {
    interface Group {
      connect(): Promise<void>;
      joinAndSync(): Promise<void>;
      heartbeat(): Promise<void>;
      leave(): Promise<void>;
      getNodeIds(): readonly string[];
      fetch(nodeId: string): Promise<readonly object[]>;
    }
  }

  /** What a consumer does: it fetches, and has handled what it has fetched. */
  class Runner {
    constructor(options: {
      logger: Logger;
      consumerGroup: Runner.Group;
      instrumentationEmitter: EventEmitter;
      retry: { initialRetryTime: number; maxRetryTime: number; retries: number };
      heartbeatInterval: number;
      onCrash: (error: Error) => void;
      concurrency: number;
    });
    readonly running: boolean;
    start(): Promise<void>;
    /** Resolves when nothing is fetched or handled any more. */
    stop(): Promise<void>;
    fetch(nodeId: string): Promise<readonly object[]>;
  }
  export = Runner;
}
