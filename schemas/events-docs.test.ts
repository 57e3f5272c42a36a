import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import { ASYNC_API_BUNDLE, asyncApiBundle } from './asyncapi-bundle';
import { eventsDocsPages } from './events-docs';
import { EVENT_SET_NAMES, readSchemas, schemasFolder } from './files';
import { topicNames } from './topics';

/** What a page answers. */
async function get(path: string) {
  const headers: Record<string, string> = {};
  let body = '';
  const response = {
    setHeader: (name: string, value: string) => void (headers[name] = value),
    type(type: string) {
      headers['content-type'] = type;
      return response;
    },
    send: (text: string) => void (body = text),
  };
  const page = eventsDocsPages().find((each) => each.path === path)!;
  await page.respond({} as Request, response as unknown as Response, 'all');
  return { headers, body };
}

const records = EVENT_SET_NAMES.flatMap((set) => readSchemas(join(schemasFolder(), 'avsc', set)));
const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

test('/asyncapi.json is the document with the schemas of now in it, and needs no other file', async () => {
  expect(readFileSync(ASYNC_API_BUNDLE, 'utf8')).toBe(asyncApiBundle());
  const { body, headers } = await get('/asyncapi.json');
  expect(JSON.parse(body)).toEqual(JSON.parse(asyncApiBundle()));
  expect(headers['content-type']).toBe('application/json');
  const document = JSON.parse(body) as {
    components: { messages: Record<string, { payload: { schema?: unknown } }> };
  };
  for (const record of records)
    expect(document.components.messages[record.name]!.payload.schema).toEqual(record);
  expect([...body.matchAll(/"\$ref": "([^"]+)"/g)].every(([, target]) => target!.startsWith('#/'))).toBe(
    true,
  );
});

test('/docs/events shows every topic, event and field, runs no script and loads nothing from elsewhere', async () => {
  const { body, headers } = await get('/docs/events');
  for (const { name, doc, fields } of records) {
    expect(body).toContain(`<h3 id="library.${name}">`);
    expect(body).toContain(escaped(doc!));
    for (const field of fields) expect(body).toContain(`<code>${field.name}</code>`);
  }
  const { reservations, outcomes, deadLetters } = topicNames('library');
  for (const topic of [reservations, outcomes, deadLetters]) expect(body).toContain(`<h2 id="${topic}">`);
  expect(body).not.toContain('`');
  expect(body).not.toMatch(/<script|(src|href)="(?!\/|#)|undefined/);
  expect(headers['content-security-policy']).toContain("default-src 'self'");
});
