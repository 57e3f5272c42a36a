import { z } from 'zod';
import * as fields from '../../../schemas/fields';

/** The resources of the demand view as clients see them. */

const count = z.int().min(0);
const day = z.iso.date();

export const demand = z
  .object({
    bookId: fields.bookId,
    title: z
      .string()
      .nullable()
      .describe('As it is now; null while the catalogue has not been read that far'),
    reservations: count.describe('Reservations that took effect in these days'),
    cancellations: count.describe('Cancellations that took effect in these days'),
    waiting: count.describe('Reservations that wait for a copy now'),
  })
  .meta({
    id: 'Demand',
    examples: [{ bookId: 'moby-dick', title: 'Moby-Dick', reservations: 42, cancellations: 3, waiting: 4 }],
  });

export const demandDay = z
  .object({ bookId: fields.bookId, day, reservations: count, cancellations: count })
  .meta({
    id: 'DemandDay',
    examples: [{ bookId: 'moby-dick', day: '2026-11-23', reservations: 5, cancellations: 1 }],
  });

export const waitForecast = z
  .object({
    bookId: fields.bookId,
    copies: count.describe('Copies that are not withdrawn'),
    waiting: count,
    loans: count.describe('Completed loans that the forecast goes by: the last ones'),
    meanLoanDays: z.number().min(0).nullable(),
    expectedWaitDays: z
      .number()
      .min(0)
      .nullable()
      .describe(
        'For a reservation made now: 0 with a copy free, else (waiting + 1) · meanLoanDays / copies; null where the book has no loans to go by',
      ),
  })
  .meta({
    id: 'WaitForecast',
    examples: [
      {
        bookId: 'moby-dick',
        copies: 3,
        waiting: 4,
        loans: 120,
        meanLoanDays: 12,
        expectedWaitDays: 20,
      },
    ],
  });

export type DemandResource = z.output<typeof demand>;
export type DemandDayResource = z.output<typeof demandDay>;
export type WaitForecastResource = z.output<typeof waitForecast>;
