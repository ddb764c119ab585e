import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../../lib/dynamodb/session';
import { instancesIn } from '../../lib/instances/source';
import type { Shape } from '../../lib/pageIndex/node';
import { type PageIndex, pageIndexOf } from '../../lib/pageIndex/store';
import { integers, type Keys, toArray } from '../keys';
import { rebuildAll } from '../rebuildAll';
import { type Carry, SimulatedDynamo } from '../simulatedDynamo';

type Sizes = Pick<Shape, 'rows' | 'minRows' | 'maxRows' | 'entries' | 'minEntries' | 'maxEntries'>;

/** A shape whose blocks are cut by rows alone, and whose nodes have the same size on all levels. */
export const byRows = (sizes: Sizes): Shape => ({
  ...sizes,
  ...{ units: Number.POSITIVE_INFINITY, minUnits: Number.POSITIVE_INFINITY, maxUnits: Number.POSITIVE_INFINITY },
  fewRows: 0,
  ...{ children: sizes.entries, minChildren: sizes.minEntries, maxChildren: sizes.maxEntries },
});

/** So small that a few dozen rows make four levels, and any change may split or merge nodes. */
const SMALL_SHAPE: Shape = {
  ...byRows({ rows: 2, minRows: 2, maxRows: 3, entries: 3, minEntries: 2, maxEntries: 4 }),
  ...{ units: 2, minUnits: 2, maxUnits: 3, fewRows: 1 },
};

/** More than any test needs: an endless loop fails instead of hanging. */
const MAX_CALLS = 2_000;

export const INSTANCES = instancesIn('instances');
export const INDEX_TABLE = 'page-index';

export const indexFor = (sender: Sender, shape = SMALL_SHAPE): PageIndex =>
  pageIndexOf(sender, INDEX_TABLE, INSTANCES, shape);

/** Rows and their index. `carry` handles each call of the index; undefined: it is executed at once. */
export class IndexedRows {
  readonly dynamo: SimulatedDynamo;
  readonly index: PageIndex;
  carry: Carry | undefined;

  private constructor(keys: Keys, shape: Shape) {
    this.dynamo = new SimulatedDynamo({ rows: INSTANCES, keys });
    const sender = this.dynamo.connect(async (command, execute) => {
      if (this.dynamo.tick > MAX_CALLS) throw new RangeError('too many calls: an endless loop');
      return this.carry ? this.carry(command, execute) : execute();
    });
    this.index = indexFor(sender, shape);
  }

  static async create(keys: Keys | number, shape = SMALL_SHAPE): Promise<IndexedRows> {
    const rows = new IndexedRows(typeof keys === 'number' ? integers(keys) : keys, shape);
    await rebuildAll(rows.index);
    return rows;
  }

  /** Returns a set that collects whether reads are strongly consistent, from now on. */
  noteConsistency(): Set<boolean | undefined> {
    const noted = new Set<boolean | undefined>();
    this.carry = async (command, execute) => {
      const isRead = command instanceof GetItemCommand || command instanceof QueryCommand;
      if (isRead) noted.add(command.input.ConsistentRead);
      return execute();
    };
    return noted;
  }

  /** Inserts rows as another system does, with its own client. */
  async put(...keys: string[]): Promise<void> {
    for (const key of keys)
      await this.dynamo.connect().send(new PutItemCommand({ TableName: INSTANCES.table, Item: keyOf(key) }));
  }

  /** Overwrites rows with others of this size. */
  async resize(keys: Keys, bytes: number): Promise<void> {
    for (const key of toArray(keys)) {
      const item = { ...keyOf(key), bytes: { N: String(bytes) } };
      await this.dynamo.connect().send(new PutItemCommand({ TableName: INSTANCES.table, Item: item }));
    }
  }

  async delete(...keys: string[]): Promise<void> {
    for (const key of keys)
      await this.dynamo.connect().send(new DeleteItemCommand({ TableName: INSTANCES.table, Key: keyOf(key) }));
  }
}

export const keyOf = (key: string) => ({
  [INSTANCES.partitionKey.name]: { S: INSTANCES.partitionKey.value },
  [INSTANCES.sortKey]: { N: key },
});
