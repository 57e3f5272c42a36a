import { Story, WINDOW } from './testing';

describe('a loan', () => {
  test('of the copy set aside fulfils the reservation', () => {
    const story = Story.withCopies('c1').reserved('ann').borrowed('c1', 'ann');
    expect(story.reservation('ann')).toMatchObject({ status: 'fulfilled', copyId: 'c1', pickupBy: null });
    expect(story.copy('c1')).toEqual({ copyId: 'c1', status: 'on-loan', reservationId: null, userId: 'ann' });
  });

  test.each(['a stranger', 'bob'])('of a set-aside copy is refused to %s', (who) => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').borrowed('c1', who);
    expect([story.code, story.copy('c1')?.userId]).toEqual(['copy-set-aside', 'ann']);
  });

  test('of an available copy needs no reservation, and leaves a ready one for another copy as it is', () => {
    const story = Story.withCopies('c1', 'c2').reserved('ann').borrowed('c2', 'ann').borrowed('c2', 'bob');
    expect([story.code, story.status('ann')]).toEqual(['copy-not-available', 'ready']);
    expect(story.counts()).toEqual({ total: 2, available: 0, reserved: 1, onLoan: 1 });
  });

  test('may be followed by another of the same book by the same user', () => {
    const story = Story.withCopies('c1', 'c2', 'c3')
      .reserved('ann')
      .borrowed('c1', 'ann')
      .borrowed('c2', 'ann');
    expect([story.code, story.status('ann')]).toEqual([null, 'fulfilled']);
    expect(story.counts()).toEqual({ total: 3, available: 1, reserved: 0, onLoan: 2 });
    expect(story.returned('c1').reserved('ann', 'again').code).toBe('already-borrowed');
  });

  test('of a copy that is on loan is refused, also to who has it', () => {
    const story = Story.withCopies('c1').borrowed('c1', 'ann');
    expect(story.borrowed('c1', 'bob').code).toBe('copy-not-available');
    expect(story.borrowed('c1', 'ann').code).toBe('copy-not-available');
  });

  test('of an unknown or withdrawn copy is refused', () => {
    expect(Story.withCopies('c1').borrowed('c9', 'ann').code).toBe('unknown-copy');
    expect(Story.withCopies('c1').withdrawn('c1').borrowed('c1', 'ann').code).toBe('unknown-copy');
  });
});

describe('a return', () => {
  test('gives the copy to the first who waits', () => {
    const story = Story.withCopies('c1').borrowed('c1', 'zoe').reserved('ann').reserved('bob').returned('c1');
    expect(story.reservation('ann')).toMatchObject({
      status: 'ready',
      copyId: 'c1',
      pickupBy: story.now + WINDOW,
    });
    expect(story.queue()).toEqual(['bob']);
  });

  test('of a copy that is not on loan is refused', () => {
    expect(Story.withCopies('c1').returned('c1').code).toBe('copy-not-available');
    expect(Story.withCopies('c1').reserved('ann').returned('c1').code).toBe('copy-not-available');
    expect(Story.withCopies('c1').returned('c2').code).toBe('unknown-copy');
  });
});

describe('a copy', () => {
  test('that is added goes to the first who waits', () => {
    const story = Story.withCopies().reserved('ann').reserved('bob').added('c1');
    expect([story.status('ann'), story.status('bob')]).toEqual(['ready', 'waiting']);
  });

  test('can be added once, wherever it is meanwhile; withdrawn, it may come back', () => {
    const story = Story.withCopies('c1').added('c1');
    expect(story.code).toBe('duplicate-copy');
    expect(story.reserved('ann').added('c1').code).toBe('duplicate-copy');
    expect(story.borrowed('c1', 'ann').added('c1').code).toBe('duplicate-copy');
    story.withdrawn('c1').added('c1');
    expect([story.code, story.copy('c1')?.status]).toEqual([null, 'available']);
  });

  test('of a book that is not in the catalogue is refused', () => {
    expect(new Story().added('c1').code).toBe('unknown-book');
  });

  test('that is withdrawn does not count any more', () => {
    const story = Story.withCopies('c1', 'c2').withdrawn('c1');
    expect(story.counts()).toEqual({ total: 1, available: 1, reserved: 0, onLoan: 0 });
    expect(story.withdrawn('c1').code).toBe('unknown-copy');
  });

  test('that is withdrawn from the hold shelf puts its reservation back at the head of the queue', () => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').withdrawn('c1');
    expect(story.queue()).toEqual(['ann', 'bob']);
    expect(story.reservation('ann')).toMatchObject({ copyId: null, pickupBy: null });
    story.added('c2');
    expect(story.reservation('ann')).toMatchObject({
      status: 'ready',
      copyId: 'c2',
      pickupBy: story.now + WINDOW,
    });
  });

  test('that is withdrawn is replaced by another free one at once, and the window does not begin again', () => {
    const story = Story.withCopies('c1', 'c2').reserved('ann');
    const pickupBy = story.now + WINDOW;
    story.withdrawn('c1');
    expect(story.reservation('ann')).toMatchObject({ status: 'ready', copyId: 'c2', pickupBy });
    expect(story.copy('c2')).toMatchObject({ status: 'reserved', reservationId: 'ann', userId: 'ann' });
    expect(story.expired('ann').counts()).toEqual({ total: 1, available: 1, reserved: 0, onLoan: 0 });
  });

  test('that is added serves those whose copies were withdrawn before those who came later', () => {
    const story = Story.withCopies('c1', 'c2').reserved('ann').reserved('bob').reserved('cy');
    story.withdrawn('c1').withdrawn('c2').added('c3').added('c4');
    expect([story.status('ann'), story.status('bob'), story.status('cy')]).toEqual([
      ...['ready', 'ready', 'waiting'],
    ]);
  });

  test('of several withdrawn ones: the reservations come back in their own order of arrival', () => {
    const story = Story.withCopies('c1', 'c2').reserved('ann').reserved('bob').reserved('cy');
    story.withdrawn('c2').withdrawn('c1');
    expect(story.queue()).toEqual(['ann', 'bob', 'cy']);
  });

  test('that is withdrawn while on loan ends the loan; a later return is of an unknown copy', () => {
    const story = Story.withCopies('c1').borrowed('c1', 'ann').withdrawn('c1').returned('c1');
    expect(story.code).toBe('unknown-copy');
    expect(story.reserved('ann').status('ann')).toBe('waiting');
  });
});
