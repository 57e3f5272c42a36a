import { Eta } from 'eta';
import { textPage } from '../infra/http/docs';
import type { Page } from '../infra/http/page';
import type { RecordSchema } from './event-set';
import document from './generated/asyncapi.json';
import { typeInWords } from './type-in-words';

const TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<style>
body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 16px/1.5 sans-serif; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% } th, td { padding: .3rem .6rem; border: 1px solid #bbb; text-align: left; vertical-align: top }
code { overflow-wrap: anywhere } h2 { margin-top: 2.5rem; border-bottom: 2px solid #1f4e5f } a { color: #1f4e5f }
</style>
</head>
<body>
<main>
<h1><%= it.title %></h1>
<p>For programs: <a href="/asyncapi.json">asyncapi.json</a> (AsyncAPI <%= it.version %>). The REST API: <a href="/docs">/docs</a>.</p>
<% for (const paragraph of it.paragraphs) { %><p><%= paragraph %></p><% } %>
<nav aria-label="Topics"><ul>
<% for (const topic of it.topics) { %><li><a href="#<%= topic.address %>"><%= topic.address %></a></li><% } %>
</ul></nav>
<h2 id="headers">Headers of every event</h2>
<table><thead><tr><th>Header</th><th>What it is</th></tr></thead><tbody>
<% for (const header of it.headers) { %><tr><td><code><%= header.name %></code><% if (!header.required) { %> (optional)<% } %></td><td><%= header.what %></td></tr><% } %>
</tbody></table>
<% for (const topic of it.topics) { %>
<h2 id="<%= topic.address %>"><%= topic.address %></h2>
<p><%= topic.description %></p>
<% for (const summary of topic.operations) { %><p><%= summary %></p><% } %>
<% for (const message of topic.messages) { %>
<h3 id="<%= message.name %>"><%= message.name %></h3>
<p><%= message.summary %></p>
<% if (message.fields.length > 0) { %>
<table><thead><tr><th>Field</th><th>Type</th><th>What it is</th></tr></thead><tbody>
<% for (const field of message.fields) { %><tr><td><code><%= field.name %></code></td><td><%= field.type %></td><td><%= field.doc %></td></tr><% } %>
</tbody></table>
<% } %>
<% } %>
<% } %>
</main>
</body>
</html>
`;

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: { readonly schema?: RecordSchema };
}

const lastOf = (reference: string) => reference.split('/').at(-1)!;

function topics() {
  const messages = document.components.messages as unknown as Readonly<Record<string, Message>>;
  const operations = Object.values(document.operations);
  return Object.entries(document.channels).map(([channel, { address, description, messages: named }]) => ({
    ...{ address, description },
    operations: operations
      .filter((operation) => lastOf(operation.channel.$ref) === channel)
      .map(({ summary }) => summary),
    messages: Object.values(named as Readonly<Record<string, { $ref: string }>>).map(({ $ref }) => {
      const { name, summary, payload } = messages[lastOf($ref)]!;
      const fields = (payload.schema?.fields ?? []).map((field) => ({
        ...{ name: field.name, type: typeInWords(field.type), doc: field.doc ?? '' },
      }));
      return { name, summary, fields };
    }),
  }));
}

/** The document as a page: no script, nothing from elsewhere. */
function eventsHtml(): string {
  const { required, properties } = document.components.schemas.Headers;
  const headers = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, required: required.includes(name) },
    what:
      'description' in schema ? schema.description : `Always ${'const' in schema ? schema.const : 'there'}.`,
  }));
  const html = new Eta({ autoTrim: false }).renderString(TEMPLATE, {
    title: document.info.title,
    version: document.asyncapi,
    paragraphs: document.info.description.trim().split('\n\n'),
    ...{ headers, topics: topics() },
  });
  // Descriptions are written in Markdown, of which they use this alone.
  return html.replace(/`([^`<]+)`/g, '<code>$1</code>');
}

/** `/asyncapi.json`, the events and topics for programs, and `/docs/events`, the same to read in a browser. */
export function eventsDocsPages(): Page[] {
  return [
    textPage('/asyncapi.json', 'application/json', JSON.stringify(document, null, 2)),
    textPage('/docs/events', 'text/html', eventsHtml()),
  ];
}
