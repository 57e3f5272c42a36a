import { useQueryClient } from '@tanstack/preact-query';
import { useEffect, useState } from 'preact/hooks';
import { useLive } from '../../api/live';
import { storedReceipt, storeReceipt, type Receipt } from '../../api/receipts';
import { useDebounced } from '../../ui/debounced';
import { useLastReservation, useOrder, useOutcome } from '../../api/reservations';

/** A reader's reservation of a book, as it goes on: receipt first, outcome as soon as there is one. */
export function useReservation(bookId: string, card: string) {
  const queries = useQueryClient();
  const [receipt, setReceipt] = useState<Receipt | undefined>();
  useEffect(() => setReceipt(storedReceipt(bookId, card)), [bookId, card]);
  // A receipt is kept for whom the order was made, also while the rest still waits for the card to be typed.
  const last = useLastReservation(bookId, useDebounced(card, 200));
  const outcome = useOutcome(bookId, receipt);
  const order = useOrder((given) => {
    storeReceipt(bookId, card, given);
    setReceipt(given);
  });
  useLive({ bookId }, () => {
    for (const part of ['book', 'reservation', 'user']) void queries.invalidateQueries({ queryKey: [part] });
  });
  const seen = outcome.data !== undefined;
  useEffect(() => {
    if (!seen) return;
    storeReceipt(bookId, card, undefined);
    void queries.invalidateQueries({ queryKey: ['book', bookId] });
  }, [seen, receipt, bookId, card]);
  return {
    receipt,
    /** undefined: not known (yet), or none. */
    reservation: receipt ? outcome.data : (last.data ?? undefined),
    /** Whether the reading side has failed to say what became of the receipt. */
    isAway: receipt !== undefined && !seen && outcome.failureCount > 0,
    order,
  };
}
