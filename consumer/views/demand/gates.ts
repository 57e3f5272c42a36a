import { ReadGate, type Watcher } from '../read-gate';

/** The views from which each answer is read: `?after=` waits for all of them, and for no more. */
export interface DemandGates {
  /** Counts of the demand view, with titles and queues of the availability view. */
  readonly mostWanted: ReadGate;
  readonly daily: ReadGate;
  /** Books and their history, of the availability view alone. */
  readonly forecast: ReadGate;
}

/** @param partitions how many partitions the stream has */
export function demandGates(availability: Watcher, demand: Watcher, partitions: number): DemandGates {
  const both: Watcher = {
    // Both views are in one database.
    get connections() {
      return availability.connections;
    },
    reaches: async (...wanted) => {
      const reached = await Promise.all([availability.reaches(...wanted), demand.reaches(...wanted)]);
      return reached.every(Boolean);
    },
  };
  return {
    mostWanted: new ReadGate(both, partitions),
    daily: new ReadGate(demand, partitions),
    forecast: new ReadGate(availability, partitions),
  };
}
