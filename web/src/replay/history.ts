import { useInfiniteQuery } from '@tanstack/preact-query';
import { api, call } from '../api/client';
import { useSession } from '../api/session';
import type { HistoryEntry } from './replay';

/** How many answers of the API make one part. */
const ANSWERS = 10;
const EACH = 200;

async function load(bookId: string, from: string) {
  const entries: HistoryEntry[] = [];
  let cursor: string | null = from;
  for (let left = ANSWERS; left > 0 && cursor !== null; left -= 1) {
    const query: { limit: number; cursor?: string } = { limit: EACH, ...(cursor && { cursor }) };
    const page = await call(api.GET('/v1/books/{bookId}/history', { params: { path: { bookId }, query } }));
    entries.push(...page.items);
    cursor = page.nextCursor;
  }
  return { entries, cursor };
}

/** The history of a book from its beginning, two thousand events at a time. @param bookId empty: none */
export function useHistory(bookId: string) {
  const { token } = useSession();
  return useInfiniteQuery({
    queryKey: ['history', bookId, token],
    queryFn: ({ pageParam }) => load(bookId, pageParam),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    enabled: bookId !== '',
  });
}
