import { duration } from '../../infra/config';

/** The variables of the rules by which the views are projected. */
export const viewEnvironment = {
  /** How long a copy is held for pickup. */
  PICKUP_WINDOW: duration('7d'),
};
