import Connection from 'kafkajs/src/network/connection';

let isDone = false;

/**
 * Teaches kafkajs to forget the socket of a connection that was lost. By itself it ends that one again with every attempt that fails to
 * reach the broker, and each time leaves a listener behind: Node warns of a leak, and for as long as the broker is away it is one.
 */
export function forgetDeadSockets(): void {
  if (isDone) return;
  isDone = true;
  const { disconnect } = Connection.prototype;

  Connection.prototype.disconnect = async function (this: Connection) {
    if (this.socket?.destroyed) this.socket = undefined;
    return disconnect.call(this);
  };
}
