import { waitUntil } from '../../../infra/local/wait';
import { uniqueName } from '../../servers';
import { WAIT } from '../api-client';
import type { LendingDesk, Page, Reservation } from './desk';

/** Reads: lists, search, positions, missing resources, health. */
export function readingTests(desk: LendingDesk): void {
  test('lists come in pages that join without gap or overlap', async () => {
    const bookId = await desk.bookWithCopies('c1');
    await Promise.all(Array.from({ length: 7 }, (_u, i) => desk.reserve(bookId, `user-${i}`)));
    const all = (await desk.reservationsOf(bookId)).map(({ reservationId }) => reservationId);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { body } = await desk.api.get<Page<Reservation>>(
        `/v1/books/${bookId}/reservations?limit=3${cursor}`,
      );
      paged.push(...body.items.map(({ reservationId }) => reservationId));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor);
    expect(paged).toEqual(all);
    expect(all).toHaveLength(7);
  });

  test('the catalogue is searched by words of title and authors, whatever their case', async () => {
    const word = uniqueName('w').replaceAll('_', '');
    const bookId = uniqueName('book');
    await desk.api.put(`/v1/books/${bookId}`, { title: `The ${word} Sea`, authors: ['Ada Lovelace'] }, WAIT);
    const search = async (text: string) =>
      (
        await desk.api.get<Page<{ bookId: string }>>(`/v1/books?search=${encodeURIComponent(text)}`)
      ).body.items.map((b) => b.bookId);
    expect(await search(`LOVELACE ${word}`)).toEqual([bookId]);
    expect(await search(`${word} hopper`)).toEqual([]);
    expect(await search('%')).toEqual([]);
  });

  test('signs do not make words one: a search finds either side of them', async () => {
    const [word, bookId] = [uniqueName('w').replaceAll('_', ''), uniqueName('book')];
    const title = `The ${word}/The Invisible Man, Catch-22 & www.whale.example`;
    await desk.api.put(
      `/v1/books/${bookId}`,
      { title, authors: ['Jean-Paul/Simone', 'a.b@c.example'] },
      WAIT,
    );
    const finds = async (text: string) => {
      const url = `/v1/books?search=${encodeURIComponent(`${word} ${text}`)}`;
      return (await desk.api.get<Page<{ bookId: string }>>(url)).body.items.map((b) => b.bookId);
    };
    for (const text of [
      'invisible',
      '22',
      'catch-22',
      'CATCH 22',
      'whale',
      'simone',
      'paul',
      'c',
      `/`,
      '-22',
    ])
      expect([text, ...(await finds(text))]).toEqual([text, bookId]);
    expect(await finds('visible')).toEqual([]);
  });

  test('a search for nothing finds all, as none does', async () => {
    await desk.bookWithCopies();
    const first = async (query: string) =>
      (await desk.api.get<Page<object>>(`/v1/books?limit=1${query}`)).body;
    const all = await first('');
    expect(all.items).toHaveLength(1);
    expect([await first('&search='), await first('&search=%20')]).toEqual([all, all]);
  });

  test('a read of a position that is not projected yet is answered 503, and an impossible position is refused', async () => {
    const { status, body, headers } = await desk.api.get('/v1/books?after=3:999999999');
    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'not-caught-up', '1']);
    expect((await desk.api.get('/v1/books?after=12:0')).status).toBe(400);
    expect((await desk.api.get('/v1/books?after=x')).status).toBe(400);
  });

  test('a missing resource is a 404 with a code that names it', async () => {
    const bookId = await desk.bookWithCopies();
    const id = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
    const codeOf = async (path: string) => {
      const { status, body } = await desk.api.get(path);
      return [status, body['code']];
    };
    expect(await codeOf(`/v1/books/${bookId}/reservations/${id}`)).toEqual([404, 'unknown-reservation']);
    for (const path of ['', '/copies', '/reservations', '/history', `/reservations/${id}`]) {
      expect(await codeOf(`/v1/books/nobody-knows${path}`)).toEqual([404, 'unknown-book']);
    }
    expect(await codeOf('/v2')).toEqual([404, 'not-found']);
    expect((await desk.api.get('/v1/users/nobody/reservations')).body).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  test('every process serves its health and metrics', async () => {
    for (const { url, opsUrl } of desk.processes) {
      for (const base of [url, opsUrl].filter(Boolean)) {
        const [live, metrics] = await Promise.all(['/livez', '/metrics'].map((path) => fetch(base + path)));
        expect([live!.status, metrics!.status]).toEqual([200, 200]);
        const up = { status: 'up' };
        const readiness = { status: 'ready', checks: { kafka: up, postgres: up, registry: up } };
        const found = await readyOf(base);
        // The policies' own processes say who decides, too.
        if (base === url) expect(found).toEqual(readiness);
        else expect(found).toMatchObject(readiness);
      }
    }
  });
}

/** What `/readyz` says as soon as it is not degraded: on a busy machine a dependency may answer too late for one look. */
async function readyOf(base: string): Promise<unknown> {
  let found: { status?: string } = {};
  const isReady = async () => {
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(200);
    found = (await response.json()) as { status?: string };
    return found.status === 'ready';
  };
  await waitUntil(isReady, { what: `${base} was not ready`, timeout: 60_000 });
  return found;
}
