import Connection from 'kafkajs/src/network/connection';
import { once } from './once';

/**
 * Teaches kafkajs to forget the socket of a connection that was lost. By itself it ends that one again with every attempt that fails to
 * reach the broker, and each time leaves a listener behind: Node warns of a leak, and for as long as the broker is away it is one.
 */
export const forgetDeadSockets = once(() => {
  const { disconnect } = Connection.prototype;

  Connection.prototype.disconnect = async function (this: Connection) {
    if (this.socket?.destroyed) this.socket = undefined;
    return disconnect.call(this);
  };
});
