import type { SchemaRegistry } from '../registry/registry';
import { isSubjectOf } from '../registry/subjects';
import type { SchemaLedger } from './ledger';

export interface LedgeredOptions {
  readonly registry: SchemaRegistry;
  readonly ledger: SchemaLedger;
  /**
   * The topics whose records are read. The schema of another team's writer is known to the registry first: it is added to
   * the ledger when the first record names it. Absent: the ledger is only read.
   */
  readonly keepFor?: readonly string[];
}

/**
 * The registry as codecs should see it: what the ledger has is not asked of the registry. What is written needs an ID of the
 * ledger; what is read may have one that only the registry knows yet.
 */
export function ledgeredRegistry({ registry, ledger, keepFor = [] }: LedgeredOptions): SchemaRegistry {
  return {
    ...registry,
    lookup: (subject, schema) => ledger.idOf(subject, schema),
    async schemaById(id) {
      const known = await ledger.schemaById(id);
      if (known) return known;
      const found = await registry.schemaById(id);
      if (!found || keepFor.length === 0) return found;
      const place = (await registry.placesOf(id)).find(({ subject }) => isSubjectOf(keepFor, subject));
      if (place) await ledger.add([{ ...found, ...place, id }]);
      return found;
    },
  };
}
