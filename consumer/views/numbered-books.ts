import { unknownBook, type Book } from '../domain/book';

/** All books of a view that is filled in bulk, each with a number, under which its IDs are kept (see `IdTable`). */
export class NumberedBooks {
  readonly byId = new Map<string, Book>();
  private readonly numbers = new Map<string, number>();

  /** The number of a book; one that is not there yet is added, as unknown. */
  numberOf(bookId: string): number {
    let number = this.numbers.get(bookId);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(bookId, number);
      this.byId.set(bookId, unknownBook(bookId));
    }
    return number;
  }
}
