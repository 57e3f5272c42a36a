import { EventEmitter } from 'node:events';
import { logLevel } from 'kafkajs';
import { createLogger } from 'kafkajs/src/loggers';
import Runner from 'kafkajs/src/consumer/runner';
import { endWhenStopped } from './stopped';

endWhenStopped();

/** So many turns without a pause are for ever. */
const FOR_EVER = 10_000;

/** A member of a group whose cluster gets another broker. */
function member() {
  let nodes = ['1'];
  let turns = 0;
  let answer = () => {};
  const group = {
    connect: () => Promise.resolve(),
    joinAndSync: () => Promise.resolve(),
    heartbeat: () => Promise.resolve(),
    leave: () => Promise.resolve(),
    getNodeIds: () => {
      if ((turns += 1) > FOR_EVER) throw new Error('it fetches for ever');
      return nodes;
    },
    fetch: () =>
      new Promise<never[]>((resolve) => {
        answer = () => resolve([]);
        if (nodes.length > 1) setTimeout(answer, 1);
      }),
  };
  return {
    group,
    turns: () => turns,
    /** A broker comes, and what is being fetched is answered. */
    brokerComes: () => {
      nodes = ['1', '2'];
      answer();
    },
  };
}

/** What becomes of it when it is stopped so many microtasks after a broker has come. */
async function stoppedAfter(ticks: number) {
  const { group, brokerComes, turns } = member();
  const crashes: Error[] = [];
  const runner = new Runner({
    logger: createLogger({ level: logLevel.NOTHING, logCreator: () => () => undefined }),
    consumerGroup: group,
    instrumentationEmitter: new EventEmitter(),
    retry: { initialRetryTime: 1, maxRetryTime: 1, retries: 3 },
    heartbeatInterval: 1_000,
    onCrash: (error) => void crashes.push(error),
    concurrency: 1,
  });
  await runner.start();
  brokerComes();
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
  await runner.stop();
  return { crashes, turns: turns() };
}

test('a consumer that is stopped just when a broker comes ends', async () => {
  for (let ticks = 0; ticks < 40; ticks += 1) {
    const { crashes, turns } = await stoppedAfter(ticks);
    expect({ ticks, crashes, forEver: turns > FOR_EVER }).toEqual({ ticks, crashes: [], forEver: false });
  }
});
