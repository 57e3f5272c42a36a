import { parseOptions, PARTS } from './options';
import { FULL, QUICK } from './settings';

describe("the benchmarks' command line", () => {
  beforeEach(() => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(() => jest.restoreAllMocks());

  test('measures all by default, or what is named', () => {
    expect(parseOptions([])).toEqual({ parts: PARTS, settings: FULL, json: undefined, record: false });
    const named = { parts: ['visible'], settings: QUICK, json: 'out.json', record: false };
    expect(parseOptions(['visible', '--quick', '--json', 'out.json'])).toEqual(named);
  });

  test('ends with 2 on wrong usage and with 0 after the help', () => {
    expect(parseOptions(['speed'])).toEqual({ exitCode: 2 });
    // Figures that are worth nothing are not kept.
    expect(parseOptions(['--quick', '--record'])).toEqual({ exitCode: 2 });
    expect(parseOptions(['--help'])).toEqual({ exitCode: 0 });
  });
});
