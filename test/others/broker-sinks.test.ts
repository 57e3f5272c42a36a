import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';
import { headersOf } from '../../schemas/codec/cloudevents';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import { sampleOfRecord } from '../samples';

const FOLDER = path.join(projectRoot(), 'docs/other-clients/broker-sinks');
const SINKS = readdirSync(FOLDER).filter((name) => name.endsWith('.properties'));
const outcome = sampleOfRecord(OUTCOMES.schemas.ReservationReady, 'full') as Outcome;

function settingsOf(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(path.join(FOLDER, file), 'utf8').split('\n');
  const settings = lines.filter((line) => line && !line.startsWith('#'));
  return new Map(
    settings.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe.each(SINKS)('the settings in %s', (file) => {
  const settings = settingsOf(file);
  const list = (name: string) => settings.get(name)?.split(',') ?? [];

  test('hand on every CloudEvents attribute of an outcome, under its own name', () => {
    const headers = Object.keys(headersOf(outcome, { source: '/test' }));
    const attributes = headers.filter((name) => name.startsWith('ce_'));
    const handedOn = list('transforms.out.headers');

    expect(list('transforms.into.headers')).toEqual(attributes);
    expect(list('transforms.into.fields')).toEqual(attributes);
    expect(list('transforms.out.fields')).toEqual(attributes);
    expect(handedOn.map((name) => name.replace(/^CamelHeader\.ce[-_]/, 'ce_'))).toEqual(attributes);
  });

  test('copy fields that an outcome has', () => {
    const copied = ['group', 'once'].flatMap((step) => list(`transforms.${step}.fields`));

    for (const field of copied) expect(outcome).toHaveProperty(field);
  });

  test('tell the step to JSON that it is for values, without which a worker refuses them', () => {
    expect(settings.get('transforms.json.converter.type')).toBe('value');
  });

  test('define every step of their chain, and no other', () => {
    const defined = [...settings.keys()].flatMap((key) => /^transforms\.(\w+)\.type$/.exec(key)?.[1] ?? []);

    expect(defined.sort()).toEqual(list('transforms').sort());
  });
});
