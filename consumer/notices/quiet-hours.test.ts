import { QuietHours } from './quiet-hours';

const at = (time: string) => Date.parse(`2026-01-15T${time}Z`);
const hours = (from: number, to: number) => ({ from: from * 60, to: to * 60 });

describe('quiet hours', () => {
  test.each([
    ['21:59:59', false, 15 * 3_600 - 1],
    ['22:00:00', true, 0],
    ['03:00:00', true, 0],
    ['06:59:59', true, 0],
    ['07:00:00', false, 0],
    ['07:00:10', false, 10],
  ])('over midnight: at %s', (time, isQuiet, awake) => {
    const quiet = new QuietHours(hours(22, 7), 'UTC');
    expect(quiet.isQuiet(at(time))).toBe(isQuiet);
    expect(quiet.awakeFor(at(time))).toBe(awake);
  });

  test.each([
    ['11:59:59', false],
    ['12:00:00', true],
    ['13:59:59', true],
    ['14:00:00', false],
  ])('within a day: at %s', (time, isQuiet) => {
    expect(new QuietHours(hours(12, 14), 'UTC').isQuiet(at(time))).toBe(isQuiet);
  });

  test('by the clock of the time zone, in summer too', () => {
    const quiet = new QuietHours(hours(22, 7), 'Europe/Berlin');
    expect(quiet.isQuiet(at('21:30:00'))).toBe(true);
    expect(quiet.isQuiet(at('06:30:00'))).toBe(false);
    expect(quiet.isQuiet(Date.parse('2026-07-15T20:30:00Z'))).toBe(true);
    expect(quiet.isQuiet(Date.parse('2026-07-15T05:30:00Z'))).toBe(false);
  });

  test('without any it is never quiet', () => {
    const quiet = new QuietHours(undefined, 'UTC');
    expect(quiet.isQuiet()).toBe(false);
    expect(quiet.awakeFor()).toBe(Infinity);
  });
});
