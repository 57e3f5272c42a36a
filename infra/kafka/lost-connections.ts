import { KafkaJSConnectionError } from 'kafkajs';
import Connection from 'kafkajs/src/network/connection';
import type { Request } from 'kafkajs/src/network/connectionPool';
import { once } from './once';

/** An answer begins with its size, in so many bytes. */
const SIZE_BYTES = 4;

/**
 * Teaches kafkajs to begin anew after a connection was lost. By itself it keeps three things of it:
 *
 * - Half an answer, when the broker was killed in the midst of one. What the next connection brings is taken for the rest of it, and no
 *   answer is understood any more: every request waits in vain, for ever, and says so nowhere.
 * - A connection that is dead without a word, as when a router has forgotten it: all requests time out, and are sent over it again.
 * - The socket. It is ended again with every attempt that fails to reach the broker, and each time leaves a listener behind: for as long
 *   as the broker is away that is a leak.
 */
export const forgetLostConnections = once(() => {
  const { connect, disconnect, send } = Connection.prototype;

  Connection.prototype.connect = function (this: Connection) {
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: SIZE_BYTES });
    return connect.call(this);
  };

  Connection.prototype.disconnect = async function (this: Connection) {
    if (this.socket?.destroyed) this.socket = undefined;
    return disconnect.call(this);
  };

  Connection.prototype.send = async function <T>(this: Connection, request: Request<T>) {
    const { socket } = this;
    try {
      return await (send<T>).call(this, request);
    } catch (error) {
      if (isTimeout(error) && socket === this.socket) await giveUp(this);
      throw error;
    }
  };
});

/** Ends a connection at once. @param reason what the requests under way are rejected with */
export function cut(connection: Pick<Connection, 'rejectRequests' | 'socket'>, reason: Error): void {
  connection.rejectRequests(reason);
  connection.socket?.destroy();
}

/** What else is under way over it waits in vain, too. */
async function giveUp(connection: Connection): Promise<void> {
  const { broker } = connection;
  cut(connection, new KafkaJSConnectionError('the broker does not answer', { broker }));
  await connection.disconnect();
}

const isTimeout = (error: unknown) => error instanceof Error && error.name === 'KafkaJSRequestTimeoutError';
