// Reserves a book for a reader, and says what came of it: node dist/examples/reserve.js moby-dick ishmael
import { createLibrary, LibraryError } from '../client/library';

const { LIBRARY_URL = 'http://127.0.0.1:3000', LIBRARY_TOKEN = '' } = process.env;
const library = createLibrary({ baseUrl: LIBRARY_URL, token: LIBRARY_TOKEN });

async function reserve(bookId: string, userId: string): Promise<string> {
  try {
    await library.get('/v1/books/{bookId}', { params: { path: { bookId } } });
    const receipt = await library.post('/v1/books/{bookId}/reservations', {
      params: { path: { bookId } },
      body: { userId },
    });
    const { status, queuePosition, rejection } = await library.outcome(receipt);
    return `${receipt.position} ${status} ${rejection?.code ?? queuePosition ?? ''}`;
  } catch (error) {
    if (error instanceof LibraryError) return `${error.code}: ${error.detail}`;
    throw error;
  }
}

void reserve(process.argv[2]!, process.argv[3]!).then((line) => process.stdout.write(`${line}\n`));
