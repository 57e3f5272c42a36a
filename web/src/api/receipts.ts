/** What the API answers a write with: it is recorded, at this position in the stream. */
export interface Receipt {
  readonly reservationId: string;
  readonly position: string;
}

/** Receipts whose outcome has not been seen yet are kept for the tab, so that they outlive a reload. */
const keyOf = (bookId: string, card: string) => `library.receipt ${bookId} ${card}`;

export function storedReceipt(bookId: string, card: string): Receipt | undefined {
  const text = sessionStorage.getItem(keyOf(bookId, card));
  return text === null ? undefined : (JSON.parse(text) as Receipt);
}

/** @param receipt undefined: its outcome has been seen */
export function storeReceipt(bookId: string, card: string, receipt: Receipt | undefined): void {
  if (receipt) sessionStorage.setItem(keyOf(bookId, card), JSON.stringify(receipt));
  else sessionStorage.removeItem(keyOf(bookId, card));
}
