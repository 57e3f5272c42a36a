/** The paths that the page knows itself; the API answers each of them with it (see `app/roles/web.ts`). */
export const paths = {
  search: '/',
  book: '/books/:bookId',
  me: '/me',
  desk: '/desk',
  stream: '/stream',
  how: '/how',
} as const;

export const bookPath = (bookId: string): string => `/books/${encodeURIComponent(bookId)}`;
