import { Story, WINDOW } from './testing';

describe('a reservation', () => {
  test('gets a free copy at once and is ready', () => {
    const story = Story.withCopies('c1').reserved('ann');
    expect(story.reservation('ann')).toMatchObject({
      status: 'ready',
      copyId: 'c1',
      pickupBy: story.now + WINDOW,
    });
    expect(story.copy('c1')).toEqual({
      copyId: 'c1',
      status: 'reserved',
      reservationId: 'ann',
      userId: 'ann',
    });
  });

  test('waits when no copy is free, first come, first served', () => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').reserved('cy');
    expect(story.queue()).toEqual(['bob', 'cy']);
    expect(story.reservation('bob')).toMatchObject({ status: 'waiting', copyId: null, pickupBy: null });
  });

  test('takes the free copy with the smallest ID', () => {
    const story = Story.withCopies('c10', 'c1', 'c2').reserved('ann');
    expect(story.reservation('ann')?.copyId).toBe('c1');
  });

  test('of an unknown book is rejected, and exists', () => {
    const story = new Story().reserved('ann');
    expect(story.code).toBe('unknown-book');
    expect(story.reservation('ann')).toMatchObject({ status: 'rejected', rejection: 'unknown-book' });
  });

  test('is rejected while the user has another open one for the book', () => {
    const story = Story.withCopies('c1').reserved('ann', 'first').reserved('ann', 'second');
    expect(story.code).toBe('already-reserved');
    expect([story.status('first'), story.status('second')]).toEqual(['ready', 'rejected']);
  });

  test('is rejected while the user has the book on loan, and is possible again after the return', () => {
    const story = Story.withCopies('c1').borrowed('c1', 'ann').reserved('ann', 'first');
    expect(story.code).toBe('already-borrowed');
    story.returned('c1').reserved('ann', 'second');
    expect([story.status('first'), story.status('second')]).toEqual(['rejected', 'ready']);
  });

  test('by a user with a loan and an open one of the book is already reserved', () => {
    const story = Story.withCopies('c1', 'c2')
      .reserved('ann')
      .borrowed('c2', 'ann')
      .reserved('ann', 'second');
    expect([story.code, story.status('ann')]).toEqual(['already-reserved', 'ready']);
  });

  test('by a user who has borrowed and returned the book is possible', () => {
    const story = Story.withCopies('c1').reserved('ann', 'first').borrowed('c1', 'ann').returned('c1');
    story.reserved('ann', 'second');
    expect([story.status('first'), story.status('second')]).toEqual(['fulfilled', 'ready']);
  });

  test.each(['cancelled', 'expired'] as const)('that was %s may be followed by a new one', (how) => {
    const story = Story.withCopies('c1').reserved('ann', 'first');
    story[how]('first').reserved('ann', 'second');
    expect([story.status('first'), story.status('second')]).toEqual([how, 'ready']);
  });

  test('with an ID that is in use changes nothing', () => {
    const story = Story.withCopies('c1').reserved('ann', 'r').reserved('bob', 'r');
    expect(story.code).toBe('already-reserved');
    expect(story.reservation('r')).toMatchObject({ userId: 'ann', status: 'ready' });
    story.cancelled('r').reserved('bob', 'r');
    expect(story.reservation('r')).toMatchObject({ userId: 'ann', status: 'cancelled' });
  });
});

describe('a reservation that is closed', () => {
  const closed: Readonly<Record<string, () => Story>> = {
    fulfilled: () => Story.withCopies('c1').reserved('ann').borrowed('c1', 'ann'),
    cancelled: () => Story.withCopies('c1').reserved('ann').cancelled('ann'),
    expired: () => Story.withCopies('c1').reserved('ann').expired('ann'),
    rejected: () => Story.withCopies('c1').borrowed('c1', 'ann').reserved('ann'),
  };

  test.each(Object.entries(closed))('stays %s, whatever comes later', (status, story) => {
    for (const change of ['cancelled', 'expired', 'suspended', 'resumed'] as const) {
      const later = story()[change]('ann');
      expect([later.code, later.status('ann')]).toEqual(['already-closed', status]);
    }
    const elsewhere = story().added('c2').borrowed('c2', 'ann').returned('c2').withdrawn('c1');
    expect(elsewhere.status('ann')).toBe(status);
  });

  test('because its book was unknown cannot be cancelled before the book is known', () => {
    const story = new Story().reserved('ann').cancelled('ann');
    expect(story.code).toBe('unknown-book');
    expect(story.catalogued().cancelled('ann').code).toBe('already-closed');
  });
});

describe('a pickup window', () => {
  test('is not touched by what happens to others', () => {
    const story = Story.withCopies('c1').reserved('ann');
    const pickupBy = story.now + WINDOW;
    story.reserved('bob').reserved('cy').added('c1').added('c2').cancelled('bob').expired('cy').catalogued();
    story.borrowed('c2', 'dee').returned('c2').reserved('ann', 'again').borrowed('c1', 'dee').withdrawn('c2');
    expect(story.reservation('ann')).toMatchObject({ status: 'ready', copyId: 'c1', pickupBy });
  });

  test('begins with the event that frees the copy: each in the queue has a whole one', () => {
    const story = Story.withCopies('c1').reserved('ann').reserved('bob').reserved('cy');
    for (const [holder, next] of [['ann', 'bob'] as const, ['bob', 'cy'] as const]) {
      story.expired(holder);
      expect(story.reservation(next)).toMatchObject({ status: 'ready', pickupBy: story.now + WINDOW });
    }
  });
});

describe('a cancellation', () => {
  const queue = () => Story.withCopies('c1').reserved('ann').reserved('bob').reserved('cy').reserved('dee');

  test('of the ready one gives the copy to the head of the queue, with a window of its own', () => {
    const story = queue().cancelled('ann', 'ann');
    expect(story.reservation('ann')).toMatchObject({ status: 'cancelled', copyId: null, pickupBy: null });
    expect(story.reservation('bob')).toMatchObject({
      status: 'ready',
      copyId: 'c1',
      pickupBy: story.now + WINDOW,
    });
    expect(story.queue()).toEqual(['cy', 'dee']);
  });

  test.each([
    ['head', 'bob', ['cy', 'dee']],
    ['middle', 'cy', ['bob', 'dee']],
    ['tail', 'dee', ['bob', 'cy']],
  ])('at the %s of the queue leaves the others in their order', (_, who, left) => {
    const story = queue().cancelled(who);
    expect(story.queue()).toEqual(left);
    expect(story.status('ann')).toBe('ready');
  });

  test('with no reservation waiting makes the copy available', () => {
    const story = Story.withCopies('c1').reserved('ann').cancelled('ann');
    expect(story.copy('c1')).toEqual({
      copyId: 'c1',
      status: 'available',
      reservationId: null,
      userId: null,
    });
  });

  test('by another user is refused; by staff it is not', () => {
    const story = queue().cancelled('ann', 'bob');
    expect([story.code, story.status('ann')]).toEqual(['not-owner', 'ready']);
    story.cancelled('ann', null);
    expect([story.code, story.status('ann')]).toEqual([null, 'cancelled']);
  });

  test('of a closed one is refused: unknown comes before owner, and owner before closed', () => {
    const story = queue().cancelled('ann');
    expect(story.cancelled('ann', 'bob').code).toBe('not-owner');
    expect(story.cancelled('ann', 'ann').code).toBe('already-closed');
    expect(story.cancelled('nobody', 'bob').code).toBe('unknown-reservation');
    expect(new Story().cancelled('ann').code).toBe('unknown-book');
  });
});

describe('a suspension', () => {
  const queue = () => Story.withCopies('c1').reserved('ann').reserved('bob').reserved('cy');

  test('keeps its place and is passed over when a copy comes free', () => {
    const story = queue().suspended('bob', 'bob').cancelled('ann');
    expect([story.status('bob'), story.status('cy')]).toEqual(['waiting', 'ready']);
    expect(story.queue()).toEqual(['bob']);
  });

  test('of the ready one passes its copy on, and is first again when it is resumed', () => {
    const story = queue().suspended('ann');
    expect(story.reservation('ann')).toMatchObject({
      status: 'waiting',
      suspended: true,
      copyId: null,
      pickupBy: null,
    });
    expect(story.status('bob')).toBe('ready');
    expect(story.queue()).toEqual(['ann', 'cy']);
    story.resumed('ann').cancelled('bob');
    expect(story.reservation('ann')).toMatchObject({ status: 'ready', copyId: 'c1', suspended: false });
  });

  test('leaves a copy on the shelf when all who wait are suspended; the first to resume gets it', () => {
    const story = queue().suspended('bob').suspended('cy').borrowed('c1', 'ann').returned('c1');
    expect(story.copy('c1')?.status).toBe('available');
    story.resumed('cy');
    expect(story.reservation('cy')).toMatchObject({
      status: 'ready',
      copyId: 'c1',
      pickupBy: story.now + WINDOW,
    });
    expect(story.status('bob')).toBe('waiting');
  });

  test('does not keep its user from borrowing an available copy: that fulfils it', () => {
    const story = queue()
      .suspended('bob')
      .suspended('cy')
      .borrowed('c1', 'ann')
      .returned('c1')
      .borrowed('c1', 'cy');
    expect(story.reservation('cy')).toMatchObject({ status: 'fulfilled', copyId: 'c1', suspended: false });
  });

  test('and a resumption may come twice, but only from the owner or staff, and not after the end', () => {
    const story = queue().suspended('bob').suspended('bob');
    expect([story.code, story.queue()]).toEqual([null, ['bob', 'cy']]);
    expect(story.resumed('bob').resumed('bob').code).toBeNull();
    expect(story.suspended('bob', 'cy').code).toBe('not-owner');
    expect(story.resumed('bob', 'cy').code).toBe('not-owner');
    expect(story.suspended('nobody').code).toBe('unknown-reservation');
    expect(story.cancelled('bob').suspended('bob').code).toBe('already-closed');
    expect(story.resumed('bob').code).toBe('already-closed');
  });
});

describe('the order of the stream', () => {
  test('decides, whatever the clocks say', () => {
    const story = Story.withCopies();
    story.happens('BookReserved', { reservationId: 'ann', userId: 'ann' }, 2_000);
    story.happens('BookReserved', { reservationId: 'bob', userId: 'bob' }, 1_000);
    story.happens('CopyAdded', { copyId: 'c1' }, 0);
    expect(story.reservation('ann')).toMatchObject({ status: 'ready', pickupBy: WINDOW });
    expect(story.queue()).toEqual(['bob']);
  });

  test('cataloguing a known book changes its description and nothing else', () => {
    const story = Story.withCopies('c1').reserved('ann');
    story.happens('BookCatalogued', { title: 'The Whale', authors: [], isbn: null, year: null });
    expect([story.code, story.book.entry?.title, story.status('ann')]).toEqual([null, 'The Whale', 'ready']);
  });
});
