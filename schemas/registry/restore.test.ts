import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRegistry } from './registry';

const LOST = { id: 7, subject: 'a b', version: 2, schema: '"string"', schemaType: 'AVRO' };

let server: Server;
let given: number;
let requests: string[];

beforeEach(async () => {
  requests = [];
  given = 7;
  server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      requests.push(`${request.method} ${request.url} ${Buffer.concat(chunks as Buffer[]).toString()}`);
      response.end(JSON.stringify({ id: given }));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const restore = () =>
  createRegistry(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).restore([LOST]);

test("Confluent's registry imports a schema into its subject, which is open for others again afterwards", async () => {
  await restore();
  expect(requests).toEqual([
    'PUT /mode/a%20b?force=true {"mode":"IMPORT"}',
    'POST /subjects/a%20b/versions {"id":7,"version":2,"schema":"\\"string\\"","schemaType":"AVRO"}',
    'PUT /mode/a%20b?force=true {"mode":"READWRITE"}',
  ]);
});

test('a registry that chooses the ID itself is not asked for the next', async () => {
  given = 1;
  await expect(restore()).rejects.toThrow('does not import schemas: it gave a b the ID 1 instead of 7.');
  expect(requests.at(-1)).toContain('READWRITE');
});
