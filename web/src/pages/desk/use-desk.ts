import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { api, call, idempotencyKey, type Schemas } from '../../api/client';
import { useSession } from '../../api/session';

export type HeldCopy = Schemas['HeldCopy'];
export type DeskAct = 'lend' | 'takeBack' | 'add' | 'withdraw';

export interface DeskOrder {
  readonly act: DeskAct;
  readonly bookId: string;
  readonly copyId: string;
  /** Who borrows it. */
  readonly userId: string;
}

/** The copy as it is now; or that the order is recorded, where the view does not show it within some seconds. */
export type DeskAnswer = Schemas['Copy'] | Schemas['Accepted'];

/** What it came to shows within milliseconds, unless the reading side is away. Then the receipt is soon enough. */
const WAIT = 'wait=3';
const LOOK_AGAIN = 15_000;

function send({ act, bookId, copyId, userId }: DeskOrder, key: string): Promise<DeskAnswer> {
  const header = { Prefer: WAIT, 'Idempotency-Key': key };
  const params = { header, path: { bookId, copyId } };
  switch (act) {
    case 'lend':
      return call(api.POST('/v1/books/{bookId}/copies/{copyId}/loans', { params, body: { userId } }));
    case 'takeBack':
      return call(api.POST('/v1/books/{bookId}/copies/{copyId}/returns', { params }));
    case 'add':
      return call(api.PUT('/v1/books/{bookId}/copies/{copyId}', { params }));
    case 'withdraw':
      return call(api.DELETE('/v1/books/{bookId}/copies/{copyId}', { params }));
  }
}

/** Lends, takes back, adds and withdraws copies. A try after a failure has the same key, so that both are one event. */
export function useDesk() {
  const key = useRef({ of: '', key: '' });
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (order: DeskOrder) => {
      const of = JSON.stringify(order);
      if (key.current.of !== of) key.current = { of, key: idempotencyKey() };
      return send(order, key.current.key);
    },
    onSuccess: () => void (key.current = { of: '', key: '' }),
    onSettled() {
      for (const part of ['hold-shelf', 'history', 'book'])
        void queries.invalidateQueries({ queryKey: [part] });
    },
  });
}

/** The copies that are set aside, or those of them that are to be fetched, page by page. */
export function useHeld(list: 'hold-shelf' | 'pull-list') {
  const { token } = useSession();
  return useInfiniteQuery({
    queryKey: ['hold-shelf', list, token],
    queryFn: ({ pageParam }) => {
      const params = { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } };
      return call(
        list === 'pull-list' ? api.GET('/v1/pull-list', { params }) : api.GET('/v1/hold-shelf', { params }),
      );
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: LOOK_AGAIN,
  });
}

/** A few books that have these words, for whoever does not know an ID. */
export async function booksWith(search: string) {
  return (await call(api.GET('/v1/books', { params: { query: { search, limit: 5 } } }))).items;
}
