import { wholeNumber } from '../../infra/config';

/** The variables of the policies. */
export const policyEnvironment = {
  MAX_OPEN_RESERVATIONS: wholeNumber({ min: 0, max: 1_000_000 })
    .optional()
    .describe('open reservations that a user may have, over all books; absent: no limit'),
};
