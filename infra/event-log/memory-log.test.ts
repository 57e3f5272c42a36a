import { describeLog } from './conformance';
import { MemoryLog } from './memory-log';

describeLog('the log in memory', () => {
  const log = new MemoryLog();
  let topics = 0;
  return Promise.resolve({
    log,
    createTopic: (partitions) => {
      const name = `topic-${topics++}`;
      log.createTopic(name, partitions);
      return Promise.resolve(name);
    },
    close: () => log.close(),
  });
});
