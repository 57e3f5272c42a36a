import { duration } from '../../infra/config';

/** The variables of the rules by which the views are projected. */
export const viewEnvironment = {
  PICKUP_WINDOW: duration('7d', { min: '100ms', max: '3650d' }).describe(
    'how long a copy is held for pickup',
  ),
};
