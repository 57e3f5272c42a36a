import { usesContainers } from './private-servers';

describe('the servers of tests', () => {
  const there = async () => true;
  const away = async () => false;

  test('are containers where an engine answers', async () => {
    expect([await usesContainers({}, there), await usesContainers({}, away)]).toEqual([true, false]);
  });

  test('are what BACKBONE says', async () => {
    expect(await usesContainers({ BACKBONE: 'native' }, there)).toBe(false);
    expect(await usesContainers({ BACKBONE: 'compose' }, there)).toBe(true);
    await expect(usesContainers({ BACKBONE: 'compose' }, away)).rejects.toThrow(
      /start it, or use BACKBONE=native/,
    );
  });
});
