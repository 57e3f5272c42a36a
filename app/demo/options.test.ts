import { parseOptions, UsageError } from './options';

describe("the demo's command line", () => {
  beforeEach(() => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(() => jest.restoreAllMocks());

  test('has defaults, and takes all for --all', () => {
    expect(parseOptions([])).toEqual({ books: 1_000, reservations: 5_000, concurrency: 32 });
    expect(parseOptions(['--all'])).toMatchObject({ books: Infinity, reservations: Infinity });
    expect(parseOptions(['--rate', '20'])).toMatchObject({ rate: 20 });
    expect(parseOptions(['--books', '3', '--reservations=7'])).toMatchObject({ books: 3, reservations: 7 });
  });

  test.each([['--books', '0'], ['--books', 'x'], ['--nonsense'], ['word']])('refuses %s %s', (...args) => {
    expect(() => parseOptions(args)).toThrow(new UsageError(2));
  });

  test('ends well after the help', () => {
    const exitCode = () => {
      try {
        parseOptions(['--help']);
        return undefined;
      } catch (error) {
        return (error as UsageError).exitCode;
      }
    };
    expect(exitCode()).toBe(0);
  });
});
