import { z, type ZodType } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** The schemas that have an `id` in their metadata, by it: they are written once and referred to. */
export type Components = Record<string, JsonSchema>;

/** `documented` in a schema's metadata is shown in its place: for what comes as text and is made into something else. */
function showDocumented(jsonSchema: JsonSchema): void {
  const { documented, ...rest } = jsonSchema;
  if (documented === undefined) return;
  const { description } = rest;
  for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
  Object.assign(jsonSchema, description === undefined ? {} : { description }, documented);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  'date-time': '2026-11-23T12:00:00.000Z',
  date: '2026-11-23',
  uuid: '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
};

/** Readers of the document make up values from it: what nobody would send or get is of no help to them. */
function makeReadable(jsonSchema: JsonSchema): void {
  const { format, maximum, minimum } = jsonSchema;
  if (maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  const example = EXAMPLES[String(format)];
  if (example !== undefined) jsonSchema['examples'] ??= [example];
}

function referToComponents(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(referToComponents);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([name, value]) => [
    name,
    name === '$ref' && typeof value === 'string'
      ? value.replace('#/$defs/', '#/components/schemas/')
      : referToComponents(value),
  ]);
  return Object.fromEntries(entries) as JsonSchema;
}

/**
 * The JSON Schema of a zod schema, as a client sees it: what may be sent (`input`) or what is answered (`output`).
 * Schemas with an `id` are moved to `components`.
 */
export function jsonSchemaOf(schema: ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const override = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
    showDocumented(jsonSchema);
    makeReadable(jsonSchema);
    // Answers may get more fields one day; a client that is made from this document should not choke on them.
    if (io === 'output' && jsonSchema['additionalProperties'] === false)
      delete jsonSchema['additionalProperties'];
  };
  const converted = z.toJSONSchema(schema, { io, unrepresentable: 'any', override }) as JsonSchema;
  const { $defs, ...root } = referToComponents(converted) as JsonSchema;
  delete root['$schema'];
  Object.assign(components, $defs);
  return root;
}
