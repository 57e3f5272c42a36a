import { LIBRARY_EVENTS } from '../../../schemas/generated/events';
import { defineView } from '../definition';
import { DemandBulkFold } from './bulk-fold';
import { DemandProjection } from './projection';
import { DEMAND_DAILY, DEMAND_IDS, DEMAND_STATE } from './tables';

export const DEMAND_VIEW = defineView({
  name: 'demand',
  events: LIBRARY_EVENTS,
  tables: [DEMAND_DAILY, DEMAND_STATE, DEMAND_IDS],
  internalTables: [DEMAND_STATE.name, DEMAND_IDS.name],
  // The availability view reads the same topic.
  ignoreUndecodable: true,
  createProjection: (options) => new DemandProjection(options),
  createBulkFold: (rulesAt) => new DemandBulkFold(rulesAt),
});
