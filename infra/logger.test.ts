import { createLogger } from './logger';

test('a line is one JSON object, with the time first to sort by, its level as a word, and the role', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  logger.child({ role: 'demand' }).child({ consumer: 'demand' }).warn({ partition: 3 }, 'hm\nhm');
  logger.debug('not shown');
  expect(lines).toHaveLength(1);
  expect(lines[0]!.trimEnd()).not.toContain('\n');
  const line = JSON.parse(lines[0]!) as Record<string, unknown>;
  expect(line).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
    role: 'demand',
    consumer: 'demand',
    partition: 3,
    msg: 'hm\nhm',
  });
});
