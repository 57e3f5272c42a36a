import { Story, WINDOW } from './testing';

describe('an expiry', () => {
  test('gives the copy to the next', () => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').expired('ann');
    expect([story.status('ann'), story.status('bob')]).toEqual(['expired', 'ready']);
  });

  test('takes effect once', () => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').expired('ann').expired('ann');
    expect([story.code, story.status('bob')]).toEqual(['already-closed', 'ready']);
  });

  test('does not touch a reservation that waits again because its copy was withdrawn meanwhile', () => {
    const story = Story.withCopies('c1').reserved('ann').withdrawn('c1').expired('ann');
    expect([story.code, story.status('ann')]).toEqual(['copy-not-available', 'waiting']);
  });

  test('of an unknown one is refused', () => {
    expect(Story.withCopies('c1').expired('ann').code).toBe('unknown-reservation');
  });

  const windowOf = (story: Story) => {
    const { pickupBy, readySince } = story.reservation('ann')!;
    return { pickupBy, readySince };
  };
  const ready = () => Story.withCopies('c1').reserved('ann').reserved('bob');
  const again: Readonly<Record<string, (story: Story) => Story>> = {
    'its copy was withdrawn and added again': (story) => story.withdrawn('c1').added('c1'),
    'it was suspended and resumed': (story) =>
      story.suspended('ann').cancelled('bob').resumed('ann').reserved('cy'),
  };
  const names = ['pickupBy', 'readySince'] as const;

  test.each(
    Object.entries(again).flatMap(([what, happens]) => names.map((name) => [name, what, happens] as const)),
  )('that names a window (%s) does not end the next one, when %s', (name, _, happens) => {
    const story = ready();
    const { [name]: first } = windowOf(story);
    happens(story);
    const { [name]: second } = windowOf(story);
    expect(first).toBeLessThan(second!);
    const late = story.expired('ann', { [name]: first });
    expect([late.code, late.status('ann')]).toEqual(['copy-not-available', 'ready']);
    const timely = story.expired('ann', { [name]: second });
    expect([timely.code, timely.status('ann')]).toEqual([null, 'expired']);
    expect(timely.copy('c1')?.userId).not.toBe('ann');
  });

  test('that names no window ends any', () => {
    const story = again['it was suspended and resumed']!(ready()).expired('ann');
    expect([story.code, story.status('ann')]).toEqual([null, 'expired']);
  });

  test('ends the window that it names also when another copy took the place of a withdrawn one', () => {
    const story = Story.withCopies('c1', 'c2').reserved('ann');
    const window = windowOf(story);
    story.withdrawn('c1');
    expect([windowOf(story), story.reservation('ann')?.copyId]).toEqual([window, 'c2']);
    expect(story.expired('ann', window).code).toBeNull();
  });

  test('names a window whatever the length of windows is: its beginning counts, where it is known', () => {
    const readySince = windowOf(ready()).readySince!;
    const decided = { pickupBy: readySince + 2 * WINDOW, readySince };
    expect(ready().expired('ann', decided).code).toBeNull();
    const stored = ready();
    stored.book.open.set('ann', { ...stored.reservation('ann')!, readySince: null });
    expect(stored.expired('ann', decided).code).toBe('copy-not-available');
    expect(stored.expired('ann', { ...decided, pickupBy: readySince + WINDOW }).code).toBeNull();
  });

  test('that names an end ends a window whose end is not known, unless the beginnings differ', () => {
    const readySince = windowOf(ready()).readySince!;
    const stored = ready();
    stored.book.open.set('ann', { ...stored.reservation('ann')!, pickupBy: null });
    const other = { pickupBy: readySince + WINDOW, readySince: readySince + 1 };
    expect(stored.expired('ann', other).code).toBe('copy-not-available');
    expect(stored.expired('ann', { pickupBy: other.pickupBy }).code).toBeNull();
  });

  test.each(['cancelled', 'expired'] as const)(
    'of a %s one is refused as closed, whatever window it names',
    (how) => {
      const story = ready()[how]('ann').expired('ann', { pickupBy: 1, readySince: 1 });
      expect(story.code).toBe('already-closed');
      expect(story.expired('nobody', { pickupBy: 1 }).code).toBe('unknown-reservation');
    },
  );
});
