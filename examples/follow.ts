// Says what reservations come to, and goes on after the last one when it is started again: node dist/examples/follow.js last-event-id
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createLibrary } from '../client/library';

const { LIBRARY_URL = 'http://127.0.0.1:3000', LIBRARY_TOKEN = '' } = process.env;
const library = createLibrary({ baseUrl: LIBRARY_URL, token: LIBRARY_TOKEN });

async function follow(file: string): Promise<void> {
  const resumed = existsSync(file) && { lastEventId: readFileSync(file, 'utf8') };
  for await (const event of library.events({ ...resumed })) {
    process.stdout.write(`${event.id} ${event.type} ${event.bookId} ${event.userId}\n`);
    writeFileSync(file, event.id);
  }
}

void follow(process.argv[2]!);
