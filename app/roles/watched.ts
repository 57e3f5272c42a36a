import cluster, { type Worker } from 'node:cluster';

/** What a process that watches over others sends to one that is to end. */
export const END = 'end';
/** What that one sends when it serves. */
const STARTED = 'started';

/** Tells a process that this one watches over to end, as by SIGTERM. */
export function endWorker(worker: Worker): void {
  if (worker.isConnected()) worker.send(END);
}

/** Tells the process that watches over this one, if any does, that all of its roles have started. */
export function tellStarted(): void {
  if (cluster.isWorker) process.send!(STARTED);
}

export function onStarted(worker: Worker, then: () => void): void {
  worker.on('message', (message) => {
    if (message === STARTED) then();
  });
}
