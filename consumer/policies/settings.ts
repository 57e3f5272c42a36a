import { wholeNumber } from '../../infra/config';

/** The variables of the policies. */
export const policyEnvironment = {
  /** How many open reservations a user may have, over all books. Absent = unlimited. */
  MAX_OPEN_RESERVATIONS: wholeNumber({ min: 0, max: 1_000_000 }).optional(),
};
