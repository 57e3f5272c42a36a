import { isRunning, processWith, startedFromStat } from './identity';

const FIELDS = 'R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20';

describe('the identity of a process', () => {
  test('finds the start time behind a program name full of parentheses and spaces', () => {
    expect(startedFromStat(`42 (a) b (c)) ${FIELDS}`, 'boot')).toBe('boot/4711');
  });

  test('counts a zombie as ended', () => {
    expect(startedFromStat(`42 (node) ${FIELDS.replace('R', 'Z')}`, 'boot')).toBeUndefined();
  });

  test('knows this process, and not another one with its pid', () => {
    const me = processWith(process.pid);
    expect(isRunning(me)).toBe(true);
    expect(isRunning({ pid: process.pid, started: 'another time' })).toBe(false);
  });
});
