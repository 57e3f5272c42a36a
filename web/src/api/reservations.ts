import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { api, call, idempotencyKey, type Reservation } from './client';
import type { Receipt } from './receipts';

/** Others come and go before a reservation in the queue: its place is looked at again, in milliseconds. */
const LOOK_AGAIN = 10_000;

export const isOpen = ({ status }: Reservation): boolean => status === 'ready' || status === 'waiting';

/** The reservations of a reader, newest first, page by page. */
export function useReservationsOf(card: string) {
  return useInfiniteQuery({
    queryKey: ['user', card, 'reservations'],
    queryFn: ({ pageParam }) =>
      call(
        api.GET('/v1/users/{userId}/reservations', {
          params: { path: { userId: card }, query: { limit: 20, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    enabled: card !== '',
    refetchInterval: LOOK_AGAIN,
  });
}

/** The reader's last reservation of a book, null where they have none. */
export function useLastReservation(bookId: string, card: string) {
  return useQuery({
    queryKey: ['user', card, 'last', bookId],
    queryFn: async () => {
      const params = { path: { userId: card }, query: { limit: 200 } };
      const { items } = await call(api.GET('/v1/users/{userId}/reservations', { params }));
      const ofBook = items.filter((each) => each.bookId === bookId);
      return ofBook.find(isOpen) ?? ofBook[0] ?? null;
    },
    enabled: card !== '',
    refetchInterval: LOOK_AGAIN,
  });
}

/** What became of a reservation, at its receipt or later: it is asked for until the view holds it. */
export function useOutcome(bookId: string, receipt: Receipt | undefined) {
  return useQuery({
    queryKey: ['reservation', bookId, receipt?.reservationId, receipt?.position],
    queryFn: () =>
      call(
        api.GET('/v1/books/{bookId}/reservations/{reservationId}', {
          params: {
            path: { bookId, reservationId: receipt!.reservationId },
            query: { after: receipt!.position },
          },
        }),
      ),
    enabled: receipt !== undefined,
    refetchInterval: ({ state }) => (state.error ? 2_000 : LOOK_AGAIN),
  });
}

export type Act = 'reserve' | 'cancel' | 'suspend' | 'resume';

interface Order {
  readonly act: Act;
  readonly bookId: string;
  readonly card: string;
  /** Of the reservation that there is. */
  readonly reservationId?: string;
}

function send({ act, bookId, card, reservationId = '' }: Order, key: string) {
  const header = { 'Idempotency-Key': key };
  const own = { header, path: { bookId, reservationId }, query: { userId: card } };
  switch (act) {
    case 'reserve':
      return call(
        api.POST('/v1/books/{bookId}/reservations', {
          params: { header, path: { bookId } },
          body: { userId: card },
        }),
      );
    case 'cancel':
      return call(api.DELETE('/v1/books/{bookId}/reservations/{reservationId}', { params: own }));
    case 'suspend':
      return call(api.POST('/v1/books/{bookId}/reservations/{reservationId}/suspension', { params: own }));
    case 'resume':
      return call(api.DELETE('/v1/books/{bookId}/reservations/{reservationId}/suspension', { params: own }));
  }
}

/** Reserves, cancels, suspends or resumes. A try after a failure has the same key, so that both are one event. */
export function useOrder(onReceipt: (receipt: Receipt) => void) {
  const key = useRef({ of: '', key: '' });
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => {
      const of = JSON.stringify(order);
      if (key.current.of !== of) key.current = { of, key: idempotencyKey() };
      return (await send(order, key.current.key)) as Receipt;
    },
    onSuccess(receipt) {
      key.current = { of: '', key: '' };
      onReceipt(receipt);
      void queries.invalidateQueries({ queryKey: ['user'] });
    },
  });
}
