import { z } from 'zod';

/** The variables of the policies. */
export const policyEnvironment = {
  /** How many open reservations a user may have, over all books. Absent = unlimited. */
  MAX_OPEN_RESERVATIONS: z.coerce.number().int().min(0).optional(),
};
