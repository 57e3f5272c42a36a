/** What a shell has read so far: the statements that are complete, and the rest. */
export interface Split {
  readonly complete: readonly string[];
  readonly rest: string;
}

/** Texts, names, comments and dollar quotes: a semicolon in one of them ends no statement. */
const OPAQUE =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$|['"]|\/\*|\$\w*\$|;/g;

/** Splits text at the semicolons that end statements. */
export function splitStatements(text: string): Split {
  const complete: string[] = [];
  let start = 0;
  for (const { 0: token, index } of text.matchAll(OPAQUE)) {
    // Begun and not ended: all that follows belongs to it.
    if (token === "'" || token === '"' || token === '/*' || /^\$\w*\$$/.test(token)) break;
    if (token !== ';') continue;
    const statement = text.slice(start, index).trim();
    if (statement !== '') complete.push(statement);
    start = index + 1;
  }
  return { complete, rest: text.slice(start) };
}
