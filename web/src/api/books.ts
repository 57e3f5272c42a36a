import { useQuery } from '@tanstack/preact-query';
import { api, call } from './client';

/** How often what others change is looked at, in milliseconds: live outcomes tell of most of it sooner. */
const LOOK_AGAIN = 15_000;

/** A book with its counts. */
export function useBook(bookId: string) {
  return useQuery({
    queryKey: ['book', bookId],
    queryFn: () => call(api.GET('/v1/books/{bookId}', { params: { path: { bookId } } })),
  });
}

/** How long a reservation made now would wait. */
export function useForecast(bookId: string) {
  return useQuery({
    queryKey: ['book', bookId, 'forecast'],
    queryFn: () => call(api.GET('/v1/books/{bookId}/forecast', { params: { path: { bookId } } })),
    refetchInterval: LOOK_AGAIN,
  });
}

/** The first copies of a book. */
export function useCopies(bookId: string) {
  return useQuery({
    queryKey: ['book', bookId, 'copies'],
    queryFn: () => call(api.GET('/v1/books/{bookId}/copies', { params: { path: { bookId } } })),
    refetchInterval: LOOK_AGAIN,
  });
}
