import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { text } from '../../infra/http/fields';
import { bookId } from '../../schemas/fields';
import { defineCommand } from './command';

const title = text({ min: 1, max: 500 }).refine((value) => /\S/.test(value), 'must not be blank');
const author = text({ min: 1, max: 200 });

/** A book enters the catalogue, or its description changes. */
export const catalogueBook = defineCommand({
  ...endpoint('PUT /v1/books/{bookId}'),
  operationId: 'catalogueBook',
  tag: 'Books',
  summary: 'Put a book into the catalogue, or change its description',
  description: 'A description replaces the one before it as a whole: what is left out is empty from then on.',
  params: z.object({ bookId }),
  query: z.object({}),
  body: z.strictObject({
    title,
    authors: z.array(author).max(50).default([]),
    isbn: text({ min: 1, max: 32 }).nullish(),
    year: z.int().min(-3000).max(3000).nullish(),
  }),
  bodyExample: { title: 'Moby-Dick', authors: ['Herman Melville'], isbn: '9780142437247', year: 1851 },
  resource: 'book',
  toEvent: ({ params, body }, { eventId }, occurredAt) => ({
    type: 'BookCatalogued',
    eventId,
    occurredAt,
    bookId: params.bookId,
    title: body.title,
    authors: body.authors,
    isbn: body.isbn ?? null,
    year: body.year ?? null,
  }),
});
