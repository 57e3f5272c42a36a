import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signatureOf } from '../../consumer/notices/channels/webhook';

const page = readFileSync(join(__dirname, '../../docs/webhooks.md'), 'utf8');
const program = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)![1]!;

const NOW = 1_800_000_000;
const BODY = '{"kind":"ready","title":"Möwe"}';
const headersOf = (secret: string, body: string, time: number) => ({
  'webhook-id': 'n1',
  'webhook-timestamp': String(time),
  'webhook-signature': signatureOf(secret, 'n1', time, body),
});
/** Secret, headers, and whether it is genuine. */
const CASES = ['whsec_c2VjcmV0IHNlY3JldA==', 'a plain secret, long enough'].flatMap((secret) => [
  [secret, headersOf(secret, BODY, NOW), true] as const,
  [secret, headersOf('another secret', BODY, NOW), false] as const,
  [secret, headersOf(secret, BODY.replace('ready', 'other'), NOW), false] as const,
  [secret, headersOf(secret, BODY, NOW - 600), false] as const,
]);
const input = JSON.stringify(CASES.map(([secret, headers]) => [secret, headers, BODY]));

test('the check in the manual, in Node.js', () => {
  const script = `${program('js')}
    console.log(JSON.stringify(${input}.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b), ${NOW}))));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual(CASES.map(([, , isGenuine]) => isGenuine));
});

test('the check in the manual, in Python', () => {
  const script = `${program('python')}
import json, sys
print(json.dumps([is_genuine(s, h, b.encode(), ${NOW}) for s, h, b in json.loads(sys.argv[1])]))`;
  const output = execFileSync('python3', ['-c', script, input], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual(CASES.map(([, , isGenuine]) => isGenuine));
});
