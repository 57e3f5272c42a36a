import { Command, CommanderError } from 'commander';
import { contradiction, withEventsOptions, type EventsOptions } from './options';

function parsed(...args: string[]): EventsOptions {
  const command = withEventsOptions(new Command('events'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts();
}

describe('the options of library events', () => {
  test('read everything as ndjson by default', () =>
    expect(parsed()).toEqual({ topic: 'reservations', from: { kind: 'beginning' }, format: 'ndjson' }));

  test.each([['--from', '-10'], ['--from=-10']])('take -N for a place, not for a flag', (...args) =>
    expect(parsed(...args).from).toEqual({ kind: 'last', count: 10 }),
  );

  test('collect types, by commas and by repeating', () =>
    expect(parsed('--type', 'A,B', '--type', 'C').type).toEqual(['A', 'B', 'C']));

  test.each([
    [['--from', 'x'], /write beginning, end, an offset/],
    [['--from', '--to', '3'], /no place in the stream/],
    [['--to', '-3'], /write end, an offset/],
    [['--to', '@never'], /is not a time/],
    [['--limit', '-1'], /whole number/],
    [['--limit', 'ten'], /whole number/],
    [['--partition', '1.5'], /whole number/],
    [['--book', 'no/id'], /An ID is 1 to 64/],
    [['--user', ''], /An ID is 1 to 64/],
    [['--format', 'xml'], /Allowed choices are ndjson, csv, parquet, table/],
    [['--form', 'csv'], /unknown option/],
    [['surplus'], /too many arguments/],
  ])('refuse %j, and say what is accepted', (args, message) => {
    expect(() => parsed(...args)).toThrow(CommanderError);
    expect(() => parsed(...args)).toThrow(message);
  });

  test.each([
    [['--follow', '--to', '10'], false, /leave out --to/],
    [['--follow', '--format', 'parquet', '--output', 'f'], false, /--limit/],
    [['--format', 'parquet'], true, /--output/],
    [['--format', 'parquet'], false, undefined],
    [['--format', 'parquet', '--output', 'f'], true, undefined],
    [['--follow', '--format', 'parquet', '--limit', '5'], false, undefined],
    [['--follow', '--format', 'csv'], true, undefined],
  ])('of which %j on a terminal: %s', (args, isTerminal, message) => {
    const sentence = contradiction(parsed(...args), isTerminal);
    if (message) expect(sentence).toMatch(message);
    else expect(sentence).toBeUndefined();
  });
});
