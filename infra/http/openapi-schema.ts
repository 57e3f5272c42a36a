import type { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** `documented` in a schema's metadata replaces the schema in the document: for text that is parsed into something else. */
function showDocumented(jsonSchema: JsonSchema): void {
  const { documented, description } = jsonSchema;
  if (documented === undefined) return;
  for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
  Object.assign(jsonSchema, description === undefined ? {} : { description }, documented);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'date-time': '2026-11-23T12:00:00.000Z',
  date: '2026-11-23',
  uuid: '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
};

/**
 * Adapts the JSON Schema of a zod schema to readers of the document, in place. Tools generate examples and clients from it:
 * bounds that only express what JavaScript can count are removed, and formats get an example.
 */
export function makeReadable(jsonSchema: JsonSchema, io: 'input' | 'output'): void {
  showDocumented(jsonSchema);
  const { format, maximum, minimum } = jsonSchema;
  if (maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  const example = EXAMPLES[String(format)];
  if (example !== undefined) jsonSchema.examples ??= [example];
  // Responses may get more fields in the future; clients that are generated from this document must accept them.
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}
