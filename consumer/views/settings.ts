import { duration } from '../../infra/config';

/** The variables of the rules by which the views are projected. */
export const viewEnvironment = {
  /** How long a copy is held for pickup. No timer runs for it, so it may be longer than one. */
  PICKUP_WINDOW: duration('7d', { min: '100ms', max: '3650d' }),
};
