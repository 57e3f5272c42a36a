import type { Pool } from 'pg';
import { FencedError } from '../../infra/event-log/log';
import { arrayLiteral } from '../../infra/postgres/array';
import { advanceSql } from './checkpoint';
import type { CheckpointAdvance } from './projection';
import { setAsideDocument, setAsideSql } from './set-aside-sql';
import { joinParts, type StatementPart } from './statement';

/** The statement's own parameters, in order. Those of the parts follow. */
const OWN = {
  consumer: '$1',
  topic: '$2',
  partition: '$3',
  fromOffset: '$4',
  nextOffset: '$5',
  epoch: '$6',
  nextEpoch: '$7',
  setAside: '$8',
  released: '$9',
} as const;

/**
 * The head of every statement that stores a batch. `fence` advances the checkpoint only if the partition is where the
 * advance begins; all other parts take their rows through it (`SELECT … FROM fence, …`), so that nothing is written when it
 * is not: then another instance has advanced it.
 */
const HEAD = `WITH ${advanceSql(OWN)}, ${setAsideSql(OWN, OWN.setAside, OWN.released)}`;

export interface FencedStatementOptions<Input> {
  /** Its `search_path` names the schema of the view. */
  readonly pool: Pool;
  readonly consumer: string;
  readonly topic: string;
  /** What the statement writes besides, through `fence`. */
  readonly parts: readonly StatementPart<Input>[];
}

/**
 * A whole batch in one statement, and so in one transaction and one round trip. Parts of one statement run in no
 * particular order: the constraints between rows are deferred to the end.
 */
export class FencedStatement<Input> {
  private readonly query: { readonly name: string; readonly text: string };

  constructor(private readonly options: FencedStatementOptions<Input>) {
    const parts = joinParts(options.parts, Object.keys(OWN).length + 1, OWN);
    const text = `${HEAD}, ${parts}\nSELECT held FROM fence`;
    this.query = { name: `store-${options.consumer}`, text };
  }

  /** @throws {FencedError} when the partition is not where the advance begins; nothing was written then */
  async execute(advance: CheckpointAdvance, input: Input): Promise<void> {
    const { pool, consumer, topic, parts } = this.options;
    const {
      partition,
      fromOffset,
      nextOffset,
      epoch,
      nextEpoch = epoch,
      setAside = [],
      released = [],
    } = advance;
    const own = [consumer, topic, partition, fromOffset, nextOffset, epoch, nextEpoch];
    const { rows } = await pool.query<{ held: true }>({
      ...this.query,
      values: [
        ...own,
        setAsideDocument(setAside),
        arrayLiteral(released),
        ...parts.flatMap((part) => part.valuesOf(input)),
      ],
    });
    if (rows.length === 0) {
      throw new FencedError(
        `${consumer}: partition ${partition} is not at ${fromOffset} in epoch ${epoch} any more: another instance moved it on`,
      );
    }
  }
}
