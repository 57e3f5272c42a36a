import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import specifications from '@asyncapi/specs';
import Ajv, { type AnySchema } from 'ajv';
import { asyncApiBundle } from './asyncapi-bundle';
import { headersOf } from './codec/cloudevents';
import { EVENT_SET_NAMES, readSchemas, schemasFolder } from './files';
import { ID } from './ids';
import { topicNames, topicSpecs } from './topics';

const folder = schemasFolder();
const document = readFileSync(join(folder, 'asyncapi.yaml'), 'utf8');
const records = EVENT_SET_NAMES.flatMap((eventSet) =>
  readSchemas(join(folder, 'avsc', eventSet)).map((schema) => [eventSet, schema] as const),
);

/** The description of a topic. */
const channelOf = (eventSet: string) =>
  document.split(/^ {2}(?=\w+:$)/m).find((part) => part.startsWith(`${eventSet}:`));

test.each(records.map(([eventSet, schema]) => [schema.name, eventSet, schema.doc] as const))(
  'names %s, its topic and its schema, and describes it as the schema does',
  (name, eventSet, doc) => {
    expect(channelOf(eventSet)).toContain(`$ref: '#/components/messages/${name}'`);
    expect(document).toContain(`name: library.${name}\n`);
    expect(document).toContain(`$ref: ./avsc/${eventSet}/${name}.avsc\n`);
    expect(document.replace(/\s+/g, ' ')).toContain(doc);
  },
);

test('names every topic', () => {
  for (const topic of Object.values(topicNames('library'))) expect(document).toContain(topic);
});

test.each(['reservations', 'outcomes'] as const)('sets the topic of %s as the platform does', (eventSet) => {
  const topic = topicNames('library')[eventSet];
  const { partitions, settings } = topicSpecs(topicNames('library')).find((spec) => spec.topic === topic)!;
  expect(channelOf(eventSet)).toContain(
    [
      `partitions: ${partitions}`,
      '        topicConfiguration:',
      `          cleanup.policy: [${settings['cleanup.policy']}]`,
      `          retention.ms: ${settings['retention.ms']}\n`,
    ].join('\n'),
  );
});

test('gives the rule for the IDs that are keys', () => {
  expect(document).toContain(`pattern: '${ID.source}'`);
});

test('names every header', () => {
  const event = { type: 'CopyAdded', eventId: 'e', occurredAt: 0, bookId: 'b' };
  for (const header of Object.keys(headersOf(event, { source: '/x', traceparent: 't' })))
    expect(document).toContain(`\n        ${header}:\n`);
});

test('every reference has its target', () => {
  const references = [...document.matchAll(/\$ref: '?([^'\n]+)/g)].map(([, target]) => target!);
  expect(references.length).toBeGreaterThan(30);
  for (const target of references) {
    if (target.startsWith('./')) expect(existsSync(join(folder, target))).toBe(true);
    else expect(document).toMatch(new RegExp(`^ *${target.split('/').at(-1)}:$`, 'm'));
  }
});

test('is valid, by the schema of AsyncAPI 3.0', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const isValid = ajv.compile(specifications.schemasWithoutId['3.0.0'] as AnySchema);
  expect([isValid(JSON.parse(asyncApiBundle())), isValid.errors]).toEqual([true, null]);
});
