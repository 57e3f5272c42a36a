import { splitStatements } from './statements';

describe('splitStatements', () => {
  test('ends statements at semicolons, and keeps what is not complete', () => {
    expect(splitStatements('SELECT 1;\n SELECT 2 ;;\nSELECT')).toEqual({
      complete: ['SELECT 1', 'SELECT 2'],
      rest: '\nSELECT',
    });
  });

  test.each([
    `SELECT ';'`,
    `SELECT 'it''s;'`,
    `SELECT ";"`,
    `SELECT 1 -- ;\n`,
    `SELECT /* ; */ 1`,
    `SELECT $$;$$`,
  ])('does not end one within %s', (statement) => {
    expect(splitStatements(`${statement};`)).toEqual({ complete: [statement.trim()], rest: '' });
  });

  test('waits for the end of a text, a name or a comment', () => {
    for (const begun of [`SELECT 'a;`, `SELECT "a;`, 'SELECT /* a;', 'SELECT $$ a;'])
      expect(splitStatements(begun)).toEqual({ complete: [], rest: begun });
  });
});
