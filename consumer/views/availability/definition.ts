import { LIBRARY_EVENTS } from '../../../schemas/generated/events';
import { defineView } from '../definition';
import { AvailabilityBulkFold } from './bulk-fold';
import { carryOver } from './carry-over';
import { OUTBOX } from './outbox';
import { AvailabilityProjection } from './projection';
import { BOOKS, COPIES, HISTORY, RESERVATIONS } from './tables';

export const AVAILABILITY_VIEW = defineView({
  name: 'availability',
  events: LIBRARY_EVENTS,
  tables: [BOOKS, COPIES, RESERVATIONS, HISTORY],
  internalTables: [OUTBOX, 'outbox_set_aside', 'pickup_windows'],
  createProjection: (options) => new AvailabilityProjection(options),
  createBulkFold: (rulesAt) => new AvailabilityBulkFold(rulesAt),
  carryOver,
});
