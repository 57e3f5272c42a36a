import { parse } from 'csv-parse/sync';
import { AWKWARD, CANCELLED, CATALOGUED, RESERVED, rowOf, SOURCE } from '../testing';
import type { EventRow } from '../row';
import { formatOf, type FormatName } from './formats';

const ID = '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f';

function written(name: FormatName, rows: readonly EventRow[], width?: number): string {
  const format = formatOf(name, SOURCE, width);
  const chunks = [format.head(), rows.length > 0 ? format.rows(rows) : undefined, format.tail()];
  return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk ?? ''))).toString();
}

describe('ndjson', () => {
  test('is one object a line, in this order', () => {
    expect(written('ndjson', [RESERVED])).toBe(
      `{"position":"3:7","partition":3,"offset":7,"timestamp":"2026-03-01T09:30:00.007Z","type":"BookReserved",` +
        `"eventId":"${ID}","bookId":"moby-dick","occurredAt":"2026-03-01T09:29:59.999Z",` +
        `"data":{"reservationId":"f47ac10b-58cc-4372-a567-0e02b2c3d479","userId":"ishmael"},` +
        `"headers":{"ce_specversion":"1.0","ce_id":"${ID}","ce_type":"library.BookReserved","ce_source":"/test",` +
        `"ce_time":"2026-03-01T09:29:59.999Z","ce_subject":"moby-dick","content-type":"application/avro"},"authType":null,"authId":null}\n`,
    );
  });

  test('keeps every character, lists and nulls', () => {
    const lines = written('ndjson', [CATALOGUED, CANCELLED]).trimEnd().split('\n');
    const [catalogued, cancelled] = lines.map((line) => JSON.parse(line) as { data: unknown });
    expect(catalogued?.data).toEqual({
      title: AWKWARD,
      authors: ['Herman Melville', 'A "friend"'],
      isbn: null,
      year: 1851,
    });
    expect(cancelled?.data).toMatchObject({ userId: null, reason: null });
    expect(lines).toHaveLength(2);
  });

  test('writes headers of any name and any bytes, and records without a time', () => {
    const headers = {
      'na"me': Buffer.from('wert "ü"\n'),
      empty: Buffer.alloc(0),
      bytes: Buffer.from([0x61, 0xff]),
    };
    const row = { ...RESERVED, record: { ...RESERVED.record, headers, timestamp: -1 } };
    expect(JSON.parse(written('ndjson', [row]))).toMatchObject({
      timestamp: null,
      headers: { 'na"me': 'wert "ü"\n', empty: '', bytes: 'a\ufffd' },
    });
    expect(JSON.parse(written('ndjson', [{ ...row, record: { ...row.record, headers: {} } }]))).toMatchObject(
      { headers: {} },
    );
  });

  test('writes what is longer than anything before it', () => {
    const { event } = CATALOGUED;
    const long = { ...event, title: '鯨'.repeat(200_000) };
    const row = { ...CATALOGUED, event: long };
    expect((JSON.parse(written('ndjson', [row])) as { data: { title: string } }).data.title).toBe(long.title);
    expect(written('ndjson', [RESERVED, row, RESERVED]).split('\n')).toHaveLength(4);
  });

  test('writes times before 1970', () => {
    const row = rowOf({ ...RESERVED.event, occurredAt: Date.parse('1969-12-31T23:59:59.001Z') } as never);
    expect(written('ndjson', [row])).toContain('"occurredAt":"1969-12-31T23:59:59.001Z"');
  });
});

test('who acted stands in columns of its own, the last ones', () => {
  const headers = { ce_authtype: Buffer.from('user'), ce_authid: Buffer.from('anna') };
  const row = { ...RESERVED, record: { ...RESERVED.record, headers } };
  expect(written('ndjson', [row])).toContain('"},"authType":"user","authId":"anna"}\n');
  expect(written('csv', [row])).toMatch(/,user,anna\n$/);
  expect(written('table', [row])).toMatch(/ by=user:anna\n$/);
});

describe('csv', () => {
  const HEADING =
    'position,partition,offset,timestamp,type,eventId,bookId,occurredAt,title,authors,isbn,year,reservationId,userId,copyId,reason,pickupBy,readySince,headers,authType,authId';

  test('has one set of columns for all events', () => {
    const [heading, line] = written('csv', [RESERVED]).split('\n');
    expect(heading).toBe(HEADING);
    expect(line).toMatch(
      `3:7,3,7,2026-03-01T09:30:00.007Z,BookReserved,${ID},moby-dick,2026-03-01T09:29:59.999Z,,,,,f47ac10b-58cc-4372-a567-0e02b2c3d479,ishmael,,,,,"{""ce_specversion""`,
    );
  });

  test('has its heading without any row as well', () => expect(written('csv', [])).toBe(`${HEADING}\n`));

  test('comes back as it was: quotes, line ends, lists as JSON', () => {
    const [row] = parse(written('csv', [CATALOGUED]), { columns: true }) as Record<string, string>[];
    expect(row).toMatchObject({
      title: AWKWARD,
      authors: '["Herman Melville","A \\"friend\\""]',
      isbn: '',
      year: '1851',
    });
    expect(JSON.parse(row?.['headers'] ?? '')).toMatchObject({ ce_type: 'library.BookCatalogued' });
  });
});

describe('a table', () => {
  test('is aligned, and shows the fields of an event that are not null', () => {
    const [heading, line] = written('table', [RESERVED]).split('\n');
    expect(heading).toBe('POSITION     TIMESTAMP                 TYPE                  BOOK            DATA');
    expect(line).toBe(
      '3:7          2026-03-01T09:30:00.007Z  BookReserved          moby-dick       reservationId=f47ac10b-58cc-4372-a567-0e02b2c3d479 userId=ishmael',
    );
  });

  test('says what became of an event', () => {
    const [, line] = written('table', [{ ...RESERVED, verdict: 'already-reserved' }]).split('\n');
    expect(line).toContain('moby-dick       [already-reserved] reservationId=');
  });

  test('fits the terminal, each row on one line', () => {
    const lines = written('table', [CATALOGUED, RESERVED], 90).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(90);
    expect(lines[1]).toMatch(/…$/);
  });

  test("lets nobody's text move the cursor", () => {
    const row = { ...CATALOGUED, event: { ...CATALOGUED.event, title: '\u001b[2J\u202eevil' } };
    const shown = written('table', [row]);
    for (const control of ['\u001b', '\u202e']) expect(shown).not.toContain(control);
  });
});
