import type { RegisteredSchema } from '../registry/registry';

/**
 * The schemas, in the order of their versions, where a registry can take them: a version that its subject has by now becomes
 * the next free one, and a text that has an ID under its subject by now is told apart by spaces at its end.
 * @param present what the registry holds under these subjects
 */
export function withFreePlaces(
  schemas: readonly RegisteredSchema[],
  present: readonly RegisteredSchema[],
): RegisteredSchema[] {
  const placed: RegisteredSchema[] = [];
  for (const each of [...schemas].sort((a, b) => a.version - b.version || a.id - b.id)) {
    const others = [...present, ...placed].filter(({ subject }) => subject === each.subject);
    const versions = others.map(({ version }) => version);
    const texts = new Set(others.map(({ schema }) => schema));
    let { schema } = each;
    while (texts.has(schema)) schema += ' ';
    const version = versions.includes(each.version) ? Math.max(...versions) + 1 : each.version;
    placed.push({ ...each, schema, version });
  }
  return placed;
}
